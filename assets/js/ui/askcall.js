// "Notify 24 people?"
import { html } from '../view.js';
import { t } from '../i18n.js';
import { Dialog } from './overlay.js';

/** @param {{count: number, answer: (yes: boolean) => void, close: () => void}} props */
export function AskCall({ count, answer, close }) {
  const say = (yes) => {
    close();
    answer(yes);
  };
  return html`<${Dialog} label=${t('call.title', { n: count })} close=${() => say(false)} middle=${true} kind="form sm">
    <header><div><h2>${t('call.title', { n: count })}</h2><p>${t('call.text')}</p></div></header>
    <div class="acts">
      <button type="button" class="btn btn-q" autofocus onClick=${() => say(false)}>${t('action.cancel')}</button>
      <button type="button" class="btn btn-p" onClick=${() => say(true)}>${t('call.verb', { n: count })}</button>
    </div>
  </${Dialog}>`;
}
