// Before anything is typed: what one looked for last, and what can be typed.
import { html } from '../../view.js';
import { dropRecent, forgetRecent, recent } from '../../search/recent.js';
import { t } from '../../i18n.js';
import { Icon } from '../basics.js';

const HELP = ['from:', 'in:', 'to:me', 'has:', 'is:', 'before:', 'after:', 'on:'];

/** @param {{write: (words: string) => void, choose: (words: string) => void}} props `write` puts words behind what is there, `choose` in its place */
export function Beginning({ write, choose }) {
  const last = recent();
  const away = (event, run) => {
    run();
    // What had the focus is gone.
    requestAnimationFrame(() => (document.querySelector('.recents .ib') ?? document.getElementById('find'))?.focus());
    event.preventDefault();
  };
  return html`${
    last.length > 0 &&
    html`<section class="recents" aria-labelledby="find-recent"><div class="fh"><h2 id="find-recent">${t('search.recent')}</h2><button type="button" class="btn-t" onClick=${(event) => away(event, forgetRecent)}>${t('search.recent.clear')}</button></div>
      <ul class="card">${last.map(
        (text) => html`<li key=${text}><button type="button" class="rc" data-find=${`t${text}`} onClick=${() => choose(text)}><${Icon} name="clock" size="s" /><span class="utext">${text}</span></button>
        <button type="button" class="ib" aria-label=${t('search.recent.drop', { text })} onClick=${(event) => away(event, () => dropRecent(text))}><${Icon} name="x" size="s" /></button></li>`,
      )}</ul></section>`
  }
  <section class="findhelp" aria-labelledby="find-help"><div class="fh"><h2 id="find-help">${t('search.help')}</h2></div>
    <ul class="card">${HELP.map(
      (words) => html`<li key=${words}><button type="button" class="rc" data-find=${words} onClick=${() => write(words === 'to:me' ? `${words} ` : words)}><kbd dir="ltr">${words}</kbd><span>${t(`search.help.${words.split(':')[0]}`)}</span></button></li>`,
    )}</ul>
    <p class="mut">${t('search.help.more')}</p>
  </section>`;
}
