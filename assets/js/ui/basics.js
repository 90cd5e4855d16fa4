// Small pieces that every view uses: icon, avatar, brand mark, error lines, typing dots.
import { html, loadSheet, useState } from '../view.js';
import { presenceOf, titleOf, othersOf } from '../state.js';
import { knows, t } from '../i18n.js';
import { graphemes } from '../graphemes.js';

/** Puts the symbols into the page, once; by XHR, because the policy forbids parsing strings of markup. */
export function loadIcons() {
  const request = new XMLHttpRequest();
  request.open('GET', new URL('../../vendor/icons.svg', import.meta.url).href);
  request.responseType = 'document';
  request.overrideMimeType('image/svg+xml');
  request.onload = () => {
    if (!request.response) return;
    const symbols = document.importNode(request.response.documentElement, true);
    symbols.setAttribute('hidden', '');
    symbols.setAttribute('aria-hidden', 'true');
    document.body.prepend(symbols);
  };
  request.send();
}

const SIZES = { s: 'i i-s', xs: 'i i-xs', l: 'i i-l' };
/** Those that point along the line are mirrored where it runs from right to left. */
const DIRECTED = /^(chevron-(left|right)|arrow-(left|right)|send|reply|log-out|panel-right|corner-down-left|list)$/;
/** @param {{name: string, size?: 's'|'xs'|'l'}} props */
export const Icon = ({ name, size }) => html`<svg class=${`${SIZES[size] ?? 'i'} ${DIRECTED.test(name) ? 'flip' : ''}`} aria-hidden="true"><use href=${`#${name}`} /></svg>`;

/** The mark of Snug. */
export const Mark = () => html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
  <rect width="32" height="32" rx="10" /><path d="M8 12.5v3a8 8 0 0 0 16 0v-3" /><circle cx="16" cy="13.2" r="4.1" />
</svg>`;

/** @param {number} id @returns {string} one of eight hues, always the same for the same thing */
function hue(id) {
  // Ids of people who came one after the other differ by the same number: mix well.
  let mixed = Math.imul(id ^ (id >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return `h${((mixed ^ (mixed >>> 16)) >>> 29) + 1}`;
}

/** A letter that nothing joins itself to, in the scripts where most names are written. */
const LETTER = /^[!-~\u00a1-\u024f\u0400-\u04ff](?![\p{M}\u200d\ufe0f])/u;
const first = (word) => LETTER.exec(word)?.[0] ?? graphemes(word).next().value?.segment ?? '';

/** @param {string} name @param {number} [most] @returns {string} */
function initials(name, most = 2) {
  const words = name
    .trim()
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return (chosen.slice(0, most).map(first).join('') || first(name.trim()) || '?').toLocaleUpperCase();
}

const PRESENCE = { active: 'pr', away: 'pr pr-away', offline: 'pr pr-off' };
/** A person's picture, or their initials. @param {{user: any, size?: string, dot?: boolean, one?: boolean, onClick?: (event: Event) => void}} props `dot` shows presence, `one` a single letter */
export function Avatar({ user, size = '', dot, one, onClick }) {
  const state = dot ? presenceOf(user.id) : null;
  const [broken, setBroken] = useState(null);
  const picture = user.avatar && user.avatar !== broken;
  return html`<span class=${`av ${size} ${hue(user.id)} ${state ? PRESENCE[state] : ''}`} data-presence=${state} aria-hidden="true" onClick=${onClick}>${
    picture
      ? html`<img src=${user.avatar} alt="" decoding="async" draggable=${false} onError=${() => setBroken(user.avatar)} />`
      : initials(user.name || user.username, one ? 1 : 2)
  }</span>`;
}

/** The sign of a room: a tile; of a direct: the person, or how many they are. @param {{room: any, size?: string, dot?: boolean}} props */
export function RoomSign({ room, size = '', dot }) {
  if (room.kind !== 'direct')
    return html`<span class=${`av ${size} tile ${hue(room.id)}`} aria-hidden="true">${initials(titleOf(room), 1)}</span>`;
  const others = othersOf(room);
  if (others.length === 1) return html`<${Avatar} user=${others[0]} size=${size === 'av-36' ? '' : size} dot=${dot} />`;
  return html`<span class=${`av ${size === 'av-36' ? '' : size} ${hue(room.id)}`} aria-hidden="true">${others.length}</span>`;
}

/** Three dots that move while somebody writes. */
export const Dots = () => html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>`;

/** A message about what went wrong, in a form. @param {{error: string}} props */
export const ErrorLine = ({ error }) =>
  error && html`<div class="err" role="alert"><${Icon} name="circle-alert" size="s" /><span>${error}</span></div>`;

/** @param {{title: string, text?: string, sign?: any, children?: any, level?: number}} props */
export const Empty = ({ title, text, sign, children, level = 2 }) => html`<div class="empty">
  ${sign}${level === 1 ? html`<h1>${title}</h1>` : html`<h2>${title}</h2>`}${text && html`<p>${text}</p>`}${children}
</div>`;

/** @param {any} error an ApiError @returns {string} a sentence for a person */
export function sentence(error) {
  if (error.status === 429 && error.code !== 'too_many_uploads') return t('error.toomany', { n: error.retryAfter || 60 });
  if (!error.status) return t('error.offline');
  // Where there are no words of our own the server's are more exact than none.
  return knows(`problem.${error.code}`) ? t(`problem.${error.code}`) : error.detail || t('error.unknown');
}

/** For `ref`: takes the focus when it appears. The attribute autofocus counts once a page, and not where the address has a #. */
export function takeFocus(element) {
  element?.focus({ preventScroll: true });
  // A dialog that is about to open looks for this.
  if (element && document.activeElement !== element) element.autofocus = true;
}

/** Copies text and tells whether it went well. @param {string} text @returns {Promise<boolean>} */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Runs something when what is drawn now has been seen. @param {() => void} run @returns {() => void} takes it back */
export function afterPaint(run) {
  let timer;
  const frame = requestAnimationFrame(() => (timer = setTimeout(run)));
  return () => (cancelAnimationFrame(frame), clearTimeout(timer));
}

/** Fetches ahead what is likely to be needed, when there is nothing else to do. @param {...(() => any)} loads */
export function whenIdle(...loads) {
  const later = window.requestIdleCallback ?? ((run) => setTimeout(run, 1500));
  later(() => {
    loadSheet('panels');
    loads.forEach((load) => load().catch?.(() => {}));
  });
}
