// What one looked for last, on this device; forgotten on signing out, as all that is kept of a person.
import { signal } from '../view.js';
import { keep, recall } from '../keep.js';
import { myId } from '../state.js';

const MOST = 8;
const key = () => `${myId.value}.searches`;
const changed = signal(0);

/** @returns {string[]} the newest first */
export function recent() {
  void changed.value;
  const list = recall(key(), []);
  return Array.isArray(list) ? list.filter((text) => typeof text === 'string').slice(0, MOST) : [];
}

function put(list) {
  keep(key(), list.length ? list.slice(0, MOST) : null);
  changed.value++;
}

/** One that led somewhere. @param {string} text */
export function addRecent(text) {
  const words = text.trim();
  if (words && myId.value) put([words, ...recent().filter((one) => one !== words)]);
}

/** @param {string} text */
export const dropRecent = (text) => put(recent().filter((one) => one !== text));

/** All of them. */
export const forgetRecent = () => put([]);
