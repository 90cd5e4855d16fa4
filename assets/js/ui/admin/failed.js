// What went wrong in a section of the administration; while nothing else is shown, with the way to try again.
import { html } from '../../view.js';
import { t } from '../../i18n.js';
import { ErrorLine } from '../basics.js';

/** @param {{error: string, again?: (() => any)|false|null}} props `again`: only where nothing is shown yet */
export function Failed({ error, again }) {
  return html`<${ErrorLine} error=${error} />
    ${error && again && html`<button type="button" class="btn btn-q" onClick=${() => again()}>${t('action.retry')}</button>`}`;
}
