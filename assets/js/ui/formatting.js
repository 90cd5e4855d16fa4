// How words are formatted, each way with an example of it.
import { html } from '../view.js';
import { me } from '../state.js';
import { Text } from '../text.js';
import { setSetting, setting } from '../mysettings.js';
import { attempt } from '../actions.js';
import { t } from '../i18n.js';
import { Dialog, DialogHead } from './overlay.js';

/** The key of its name, and what is written; % stands for the name. */
const WAYS = [
  ['bold', '**%**'],
  ['italic', '_%_'],
  ['strike', '~~%~~'],
  ['code', '`%`'],
  ['link', '[%](https://example.com)'],
  ['list', '- %\n- %'],
  ['numbered', '1. %\n2. %'],
  ['quote', '> %'],
  ['block', '```js\nlet boat = 1;\n```'],
];

/** @param {{close: () => void}} props */
export function Formatting({ close }) {
  const about = { people: new Map(), me: me.value.id, room: false };
  const hints = setting('composer', 'hints') !== false;
  return html`<${Dialog} label=${t('format.title')} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('format.title')} text=${t('format.text')} close=${close} />
    <div class="pane-keys formats" tabindex="0" role="group" aria-label=${t('format.title')}>
      <dl class="card">${WAYS.map(([name, way]) => {
        const words = way.includes('%') ? way.replaceAll('%', t(`format.${name}`)) : way;
        return html`<div key=${name}><dt><code>${words}</code></dt><dd class="b"><${Text} text=${words} context=${about} /></dd></div>`;
      })}</dl>
      <p>${t('format.more')}</p>
      <div class="line"><label for="hints">${t('format.hints')}</label>
        <input class="sw" id="hints" type="checkbox" role="switch" checked=${hints} onChange=${({ currentTarget: { checked } }) => attempt(() => setSetting('composer', { hints: checked }))} /></div>
    </div>
  </${Dialog}>`;
}
