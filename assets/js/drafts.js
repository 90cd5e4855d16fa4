// Words not sent yet: kept here within moments, on the server a little later, and followed from device to device.
import { batch, computed, signal } from './view.js';
import { api } from './api.js';
import * as database from './database.js';
import { keep, recall } from './keep.js';
import { fits } from './size.js';
import { me, previewOf } from './state.js';

/**
 * @typedef {{room: number, thread: number|null, text: string, reply: {id: number, user?: number, text?: string}|null, at: number, dirty: boolean}} Draft
 *   `at` by the server's clock; `dirty`: the server does not have it like this
 */

const SAVE = 300;
const TELL = 2000;

/** What is typed at this moment, by place: no signal, so that a key wakes nobody but the box it was meant for. */
const words = new Map();
/** Draws what shows drafts again, a moment after the last key. */
const shown = signal(0);
/** @type {{value: {place: string}|null}} the last draft that changed otherwise than by typing here */
export const changed = signal(null);

/** Places from which a message is on its way: the server takes their draft away with it, so it is told of another only then. */
const held = new Map();
const timers = new Map();
const telling = new Set();

const placeOf = (room, thread) => (thread ? `${room}.${thread}` : `${room}`);

/** @param {number} room @param {number|null} [thread] @returns {Draft|undefined} */
export const draftOf = (room, thread = null) => words.get(placeOf(room, thread));

/** @param {{place: string}|null} change @param {number} room @param {number|null} [thread] @returns {boolean} */
export const isAbout = (change, room, thread = null) => change?.place === placeOf(room, thread);

/** Room → the words that wait there, for the list of rooms. */
export const waiting = computed(() => {
  void shown.value;
  const rooms = new Map();
  for (const { room, thread, text } of words.values()) if (text.trim() && (!thread || !rooms.has(room))) rooms.set(room, text);
  return rooms;
});

/** Takes back what the last visit left here. Then `merge` says what the server has. @param {number} user */
export async function restore(user) {
  await database.open(user);
  words.clear();
  held.clear();
  for (const [place, draft] of await database.list('drafts')) words.set(place, draft);
  // Up to version 0.1 they were kept elsewhere.
  for (const [room, text] of Object.entries(recall(`${user}.drafts`, {})))
    if (!words.has(room)) put({ room: Number(room), thread: null, text, reply: null, at: 0, dirty: true });
  keep(`${user}.drafts`, null);
  shown.value++;
}

/** What the server has, as a whole. Words typed here are newer than all of it. @param {any[]} drafts */
export function merge(drafts) {
  batch(() => {
    const there = new Set(drafts.map(({ room, thread }) => placeOf(room, thread)));
    for (const [place, draft] of words) if (!draft.dirty && !there.has(place)) drop(place, true);
    drafts.forEach(follow);
  });
  tellAll();
}

/** A draft changed on the server, by another device or by a message that was sent. @param {any} draft */
export function follow({ room, thread, text, reply_to, at }) {
  const place = placeOf(room, thread);
  const known = words.get(place);
  if (known?.dirty || (known && at < known.at)) return;
  if (!text) drop(place, true);
  else if (known?.text === text) put({ ...known, at });
  else {
    put({ room, thread, text, reply: reply_to ? { id: reply_to } : null, at, dirty: false });
    changed.value = { place };
  }
  shown.value++;
}

/**
 * Keeps what was just typed.
 * @param {number} room @param {number|null} thread @param {string} text
 * @param {any} [reply] the message answered
 */
export function setDraft(room, thread, text, reply) {
  const place = placeOf(room, thread);
  const known = words.get(place);
  if ((known?.text ?? '') === text && (known?.reply?.id ?? 0) === (reply?.id ?? 0)) return;
  const kept = reply ? { id: reply.id, user: reply.user, text: reply.text || previewOf(reply) } : null;
  words.set(place, { room, thread: thread ?? null, text, reply: kept, at: known?.at ?? 0, dirty: true });
  clearTimeout(timers.get(place)?.save);
  clearTimeout(timers.get(place)?.tell);
  timers.set(place, { save: setTimeout(save, SAVE, place), tell: setTimeout(tell, TELL, place) });
}

/** Puts words where they can be written on, if nothing else is there. @param {number} room @param {number|null} thread @param {string} text */
export function giveBack(room, thread, text) {
  if (draftOf(room, thread)?.text) return;
  setDraft(room, thread, text);
  save(placeOf(room, thread));
  changed.value = { place: placeOf(room, thread) };
}

/** Nobody types there any more: save and tell now. @param {number} room @param {number|null} [thread] */
export function rest(room, thread = null) {
  const place = placeOf(room, thread);
  if (!timers.has(place)) return;
  save(place);
  tell(place);
}

/** Saves all that was typed, at once. @returns {void} */
export function saveAll() {
  for (const place of timers.keys()) save(place);
}

/** Tells the server all that it does not have, as after the connection came back. */
export function tellAll() {
  for (const [place, draft] of words) if (draft.dirty) tell(place);
}

/** A message of this place is on its way. @param {number} room @param {number|null} thread */
export function hold(room, thread) {
  const place = placeOf(room, thread);
  held.set(place, (held.get(place) ?? 0) + 1);
  const draft = words.get(place);
  // The server will drop what it has, which must not take away what is being written here.
  if (draft && !draft.dirty) put({ ...draft, dirty: true });
}

/** It is there, or was refused. @param {number} room @param {number|null} thread @param {boolean} sent */
export function release(room, thread, sent) {
  const place = placeOf(room, thread);
  const left = (held.get(place) ?? 1) - 1;
  if (left > 0) return void held.set(place, left);
  held.delete(place);
  const draft = words.get(place);
  if (!draft) return;
  if (sent && !draft.text) drop(place);
  else if (draft.dirty) tell(place);
}

/** Of a room that is mine no longer. @param {number} room */
export function leaveRoom(room) {
  for (const [place, draft] of words) if (draft.room === room) drop(place, true);
}

/** Forgets everything, on signing out. */
export function forgetAll() {
  for (const { save: one, tell: other } of timers.values()) [one, other].forEach(clearTimeout);
  for (const all of [timers, words, held]) all.clear();
  shown.value++;
}

function put(draft) {
  const place = placeOf(draft.room, draft.thread);
  words.set(place, draft);
  database.put('drafts', place, draft);
}

function drop(place, tellBox) {
  clearTimeout(timers.get(place)?.save);
  clearTimeout(timers.get(place)?.tell);
  timers.delete(place);
  if (!words.delete(place)) return;
  database.remove('drafts', place);
  if (tellBox) changed.value = { place };
  shown.value++;
}

function save(place) {
  clearTimeout(timers.get(place)?.save);
  const draft = words.get(place);
  if (draft) database.put('drafts', place, draft);
  shown.value++;
}

/** Tells the server what is written there now. Another change meanwhile is told after it. */
async function tell(place) {
  clearTimeout(timers.get(place)?.tell);
  const draft = words.get(place);
  if (!draft?.dirty || held.has(place) || telling.has(place) || !me.value) return;
  save(place);
  timers.delete(place);
  // More than a message may hold is kept here only, until it is made to fit.
  if (!fits(draft.text)) return;
  telling.add(place);
  const { room, thread, text, reply } = draft;
  try {
    const body = { room, thread, text: text.trim() ? text : '', reply_to: reply?.id ?? null };
    const kept = await api('PUT', '/me/drafts', body, { keepalive: document.visibilityState === 'hidden' });
    if (words.get(place) === draft) {
      if (kept && !held.has(place)) put({ ...draft, at: kept.at, dirty: false });
      else if (!kept && text) put({ ...draft, dirty: false });
      else if (!kept) drop(place);
    } else if (!timers.has(place)) setTimeout(tell, 0, place);
  } catch (error) {
    // What it answers is gone: the words are not.
    if (error.status === 422 && error.field === 'reply_to' && words.get(place) === draft) {
      put({ ...draft, reply: null });
      setTimeout(tell, 0, place);
    }
    // No connection, or no such room any more: they stay here, and are told with the next change or hello.
  } finally {
    telling.delete(place);
  }
}

addEventListener('pagehide', saveAll);
document.addEventListener('visibilitychange', () => {
  saveAll();
  if (document.visibilityState === 'hidden') tellAll();
});
