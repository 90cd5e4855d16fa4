// What people say of themselves at the moment; a status that is over vanishes by itself.
import { signal } from './view.js';

const LONGEST = 3_600_000;
/** Rises when a status has ended, so that whoever shows one looks again. */
const ended = signal(0);
let wake = 0;
let timer = 0;

/** @param {any} user @returns {{emoji: string, text: string, expires_at: number|null}|null} null once it is over */
export function statusOf(user) {
  const status = user?.status;
  if (!status) return null;
  if (!status.expires_at) return status;
  // Read, so that the component that asks is drawn again.
  void ended.value;
  const left = status.expires_at - Date.now();
  if (left <= 0) return null;
  wakeIn(left);
  return status;
}

/** @param {any} user @returns {string} in one line, empty without one */
export function statusLine(user) {
  const status = statusOf(user);
  return status ? `${status.emoji ?? ''} ${status.text ?? ''}`.trim() : '';
}

function wakeIn(left) {
  const at = Date.now() + Math.min(left, LONGEST);
  if (wake && wake <= at) return;
  clearTimeout(timer);
  wake = at;
  timer = setTimeout(() => {
    wake = 0;
    ended.value++;
  }, at - Date.now() + 20);
}
