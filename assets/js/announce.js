// What a screen reader is told: new messages of the open room, calmly, and failures at once.
import { route } from './router.js';
import { userOf } from './state.js';
import { gist } from './kinds.js';
import { t } from './i18n.js';

let waiting = [];
let timer = 0;
const region = (id) => document.getElementById(id);

/** @param {any} message somebody else's, just arrived */
export function announceMessage(message) {
  if (route.value.name !== 'room' || route.value.room !== message.room || message.kind !== 'text') return;
  waiting.push(message);
  timer ||= setTimeout(flush, 2000);
  if (waiting.length === 1) flushSoon();
}

let last = 0;
let emptying = 0;
function flushSoon() {
  if (Date.now() - last > 2000) flush();
}

function flush() {
  clearTimeout(timer);
  timer = 0;
  if (!waiting.length) return;
  last = Date.now();
  const [first] = waiting;
  region('polite').textContent =
    waiting.length === 1
      ? t('announce.message', { name: userOf(first.user).name, text: gist({ ...first, text: first.text.slice(0, 300) }) })
      : t('announce.messages', { n: waiting.length });
  waiting = [];
  clearTimeout(emptying);
  // Said is said: what stays would be read again by who walks through the page, wherever they are by then.
  emptying = setTimeout(() => (region('polite').textContent = ''), 10_000);
}

/** Says something when there is nothing else to say. @param {string} text */
export function announceCalmly(text) {
  clearTimeout(emptying);
  region('polite').textContent = text;
  emptying = setTimeout(() => (region('polite').textContent = ''), 10_000);
}

/** Says something at once, such as a failure. @param {string} text */
export function announceNow(text) {
  const place = region('assertive');
  place.textContent = '';
  setTimeout(() => (place.textContent = text), 50);
}
