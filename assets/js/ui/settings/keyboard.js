// Settings: every key, and whether single letters do something.
import { html } from '../../view.js';
import { t } from '../../i18n.js';
import { attempt } from '../../actions.js';
import { setting, setSetting } from '../../mysettings.js';
import { KeyList } from '../shortcuts.js';

/** The switch for single keys (WCAG 2.1.4) and the list. */
export function Keyboard() {
  const on = setting('composer', 'single_keys') !== false;
  return html`<div class="card"><div class="line"><label for="single-keys">${t('keys.single')}<small>${t('keys.single.text')}</small></label>
      <input class="sw" id="single-keys" type="checkbox" role="switch" checked=${on} onChange=${(event) => attempt(() => setSetting('composer', { single_keys: event.currentTarget.checked }))} /></div></div>
    <${KeyList} />`;
}
