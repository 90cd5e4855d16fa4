// The list of keys, as a dialog and as a page of the settings.
import { html } from '../view.js';
import { t } from '../i18n.js';
import { Dialog, DialogHead } from './overlay.js';

const mac = /Mac|iPhone|iPad/.test(navigator.platform);
const C = mac ? '⌘' : 'Ctrl';
const A = mac ? '⌥' : 'Alt';

const GROUPS = [
  [
    'move',
    [
      ['jump', C, 'K'],
      ['find', C, 'F'],
      ['prevnext', A, '↑ ↓'],
      ['unread', A, 'Shift', '↑ ↓'],
      ['region', 'F6'],
      ['details', C, '.'],
      ['settings', C, ','],
      ['read', 'Esc'],
      ['readall', 'Shift', 'Esc'],
      ['list', C, '/'],
    ],
  ],
  [
    'write',
    [
      ['send', 'Enter'],
      ['newline', 'Shift', 'Enter'],
      ['editlast', '↑'],
      ['replylast', 'Shift', '↑'],
      ['bold', C, 'B'],
      ['italic', C, 'I'],
      ['strike', C, 'Shift', 'X'],
      ['code', C, 'E'],
    ],
  ],
  [
    'message',
    [
      ['bymessage', '↑ ↓'],
      ['ends', 'Home', 'End'],
      ['reply', 'R'],
      ['unread', 'U'],
      ['thread', 'T'],
      ['edit', 'E'],
      ['react', '+'],
      ['pin', 'P'],
      ['open', 'Enter'],
      ['link', 'C'],
      ['delete', 'Del'],
    ],
  ],
];

/** The list itself. @param {{level?: number}} props */
export const KeyList = () =>
  GROUPS.map(
    ([group, keys]) => html`<section key=${group}>
  <h2 class="h">${t(`keys.${group}`)}</h2>
  <div class="card"><dl class="keys">${keys.map(([name, ...combination]) => html`<div key=${name}><dt>${t(`keys.${group}.${name}`)}</dt><dd>${combination.map((key) => html`<kbd>${key}</kbd>`)}</dd></div>`)}</dl></div>
</section>`,
  );

/** @param {{close: () => void}} props */
export const Shortcuts = ({ close }) => html`<${Dialog} label=${t('keys.title')} close=${close} middle=${true} kind="form">
  <${DialogHead} title=${t('keys.title')} close=${close} />
  <div class="pane-keys" tabindex="0" role="group" aria-label=${t('keys.title')}><${KeyList} /></div>
</${Dialog}>`;
