// Over a message that a search led to: the way back to what was found.
import { html } from '../../view.js';
import { t } from '../../i18n.js';
import { Icon } from '../basics.js';

export const BackBar = () => html`<div class="backbar"><button type="button" onClick=${() => history.back()}><${Icon} name="chevron-left" size="s" />${t('search.back')}</button></div>`;
