// What each room holds up: asked for when a room is looked at, then kept true by events.
import { signal } from './view.js';
import { api } from './api.js';
import { addUsers } from './state.js';
import { amend } from './timeline.js';

/** @type {{value: Map<number, any[]>}} room → pinned messages, the newest pin first */
export const pins = signal(new Map());
/** Rooms whose pins are on their way; what changes meanwhile asks again. */
const loading = new Map();

const put = (room, list) => (pins.value = new Map(pins.value).set(room, list));

/** @param {number} room @param {boolean} [again] although they are known */
export async function loadPins(room, again) {
  if (!again && (pins.value.has(room) || loading.has(room))) return;
  const mine = (loading.get(room) ?? 0) + 1;
  loading.set(room, mine);
  try {
    const list = await api('GET', `/rooms/${room}/pins?limit=200`);
    if (loading.get(room) !== mine) return;
    addUsers(list.users);
    put(room, list.messages.reverse());
  } catch {
    // The next look asks again.
  } finally {
    if (loading.get(room) === mine) loading.delete(room);
  }
}

/** Something was pinned. @param {number} room @param {number} message */
export function pinAdded(room, message) {
  amend(room, message, (one) => ({ ...one, pinned: true }));
  if (pins.value.has(room) || loading.has(room)) loadPins(room, true);
}

/** It is not any more. @param {number} room @param {number} message */
export function pinRemoved(room, message) {
  amend(room, message, (one) => ({ ...one, pinned: false }));
  const list = pins.value.get(room);
  if (list)
    put(
      room,
      list.filter((one) => one.id !== message),
    );
  if (loading.has(room)) loadPins(room, true);
}

/** A pinned message reads differently now. @param {number} room @param {any} message */
export function pinChanged(room, message) {
  const list = pins.value.get(room);
  if (list?.some((one) => one.id === message.id))
    put(
      room,
      list.map((one) => (one.id === message.id ? message : one)),
    );
}

/** The room is mine no longer, or anew. @param {number} room */
export function forgetPins(room) {
  loading.delete(room);
  const map = new Map(pins.value);
  if (map.delete(room)) pins.value = map;
}

/** After a gap in the events nothing kept is certain. @param {number} [open] the room on the screen, whose pins stay until they are here anew */
export function refreshPins(open) {
  loading.clear();
  const shown = pins.value.get(open);
  pins.value = new Map(shown ? [[open, shown]] : []);
  if (shown) loadPins(open, true);
}
