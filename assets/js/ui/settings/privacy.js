// Settings: what others are told of one without one's saying it.
import { html } from '../../view.js';
import { api } from '../../api.js';
import { attempt } from '../../actions.js';
import { forgetReceipts, takesPart } from '../../receipts.js';
import * as state from '../../state.js';
import { t } from '../../i18n.js';
import { OwnData } from './data.js';

/** The section. */
export function Privacy() {
  const change = async (on) => {
    const answer = await attempt(() => api('PATCH', '/me', { settings: { receipts: on } }));
    if (!answer) return;
    state.me.value = { ...state.me.value, settings: answer.settings };
    forgetReceipts();
  };
  return html`<div class="card"><div class="line"><label for="receipts">${t('privacy.receipts')}<small>${t('privacy.receipts.text')}</small></label>
    <input class="sw" id="receipts" type="checkbox" role="switch" checked=${takesPart()} onChange=${(event) => change(event.currentTarget.checked)} /></div></div>
    <${OwnData} />`;
}
