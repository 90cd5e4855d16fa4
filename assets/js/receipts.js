// How far the others of a room are: asked for when it opens, kept true by events; told only to who tells the same of themselves.
import { signal } from './view.js';
import { api } from './api.js';
import { me } from './state.js';

/** In larger rooms who has read a message is asked for. */
const MOST = 50;
const STEPS = 8;

/** @typedef {{user: number, delivered: number, read: number, steps: [number, number][]}} Receipt */
/** @type {{value: Map<number, Map<number, Receipt>>}} room → member → how far they are */
const receipts = signal(new Map());

/** @returns {boolean} whether one takes part */
export const takesPart = () => me.value?.settings?.receipts !== false;

/** @param {any} room @returns {boolean} whether receipts of this room are told by events */
export const areTold = (room) => takesPart() && room.member_count <= MOST && (room.member_count > 1 || room.kind === 'direct');

/** @param {any} room */
export async function loadReceipts(room) {
  if (!areTold(room)) return;
  const answer = await api('GET', `/rooms/${room.id}/receipts`).catch(() => null);
  for (const one of answer?.receipts ?? []) put(room.id, one);
}

/** An event told that somebody has read up to a message, or received it. @param {number} room @param {{user: number, up_to: number, at?: number}} data */
export function moved(room, { user, up_to: upTo, at }) {
  // Of a room never looked at nothing is known, and nothing is kept.
  if (!receipts.value.has(room)) return;
  put(room, { user, delivered: upTo, read: at ? upTo : 0, steps: at ? [[upTo, at]] : [] });
}

/** Forgets all, on signing out and after a gap. */
export const forgetReceipts = () => (receipts.value = new Map());

function put(room, one) {
  if (one.user === me.value?.id) return;
  const inRoom = new Map(receipts.value.get(room));
  const known = inRoom.get(one.user) ?? { delivered: 0, read: 0, steps: [] };
  const newest = known.steps.at(-1)?.[0] ?? 0;
  inRoom.set(one.user, {
    user: one.user,
    delivered: Math.max(known.delivered, one.delivered, one.read),
    read: Math.max(known.read, one.read),
    steps: [...known.steps, ...one.steps.filter(([upTo]) => upTo > newest)].slice(-STEPS),
  });
  receipts.value = new Map(receipts.value).set(room, inRoom);
}

/**
 * What became of an own message, as far as is known.
 * @param {any} room @param {number} message
 * @returns {{state: 'sent'|'delivered'|'read', readers: {user: number, at: number}[]}} `at` 0 when it is not known; the latest reader first
 */
export function stateOf(room, message) {
  const all = takesPart() ? [...(receipts.value.get(room.id)?.values() ?? [])] : [];
  const readers = all
    .filter((one) => one.read >= message)
    .map((one) => ({ user: one.user, at: one.steps.find(([upTo]) => upTo >= message)?.[1] ?? 0 }))
    .sort((a, b) => b.at - a.at);
  if (readers.length) return { state: 'read', readers };
  const arrived = all.length > 0 && all.every((one) => one.delivered >= message);
  return { state: arrived ? 'delivered' : 'sent', readers };
}
