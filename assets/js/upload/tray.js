// What is attached to messages that are being written, by place: the little of it that a page needs before anything is attached.
import { signal, withPart } from '../view.js';

/** From so many characters on, what is pasted may rather be a file. */
export const LONG_PASTE = 2000;

/**
 * @typedef {{items: any[], stuck: boolean, offer: string, recording: boolean}} Tray `stuck`: one of them cannot be sent; `offer`: pasted words that may become a file
 * @type {{value: Map<string, Tray>}}
 */
export const trays = signal(new Map());

/** Id of a file → how this page showed it while it was on its way, so that it stays the same picture. @type {Map<string, {key: string, thumb: string|null}>} */
export const sentHere = new Map();

const placeOf = (room, thread) => `${room}.${thread ?? ''}`;

/** @param {number} room @param {number|null} thread @returns {Tray|undefined} */
export const trayOf = (room, thread) => trays.value.get(placeOf(room, thread));

/** @param {number} room @param {number|null} thread @param {Partial<Tray>} change */
export function setTray(room, thread, change) {
  const map = new Map(trays.value);
  const tray = { items: [], stuck: false, offer: '', recording: false, ...trayOf(room, thread), ...change };
  if (tray.items.length || tray.offer || tray.recording) map.set(placeOf(room, thread), tray);
  else map.delete(placeOf(room, thread));
  trays.value = map;
}

/** Attaches files; all that this takes is fetched now. @param {number} room @param {number|null} thread @param {Iterable<File>} files */
export const attach = (room, thread, files) => withPart(import('./items.js'), (items) => items.add(room, thread, [...files]));

for (const name of ['dragenter', 'dragover', 'drop'])
  addEventListener(name, (event) => {
    const { target, dataTransfer } = event;
    if (!dataTransfer?.types.includes('Files')) return;
    // Else the browser would leave the page and open the file.
    event.preventDefault();
    const files = [...dataTransfer.files];
    withPart(import('./drop.js'), (drop) => drop[name](target, files));
  });
