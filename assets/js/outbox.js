// Messages on their way and drafts: kept through reload, sent in order, never twice.
import { batch, signal } from './view.js';
import { request, connection } from './socket.js';
import { forget, keep, keptKeys, recall } from './keep.js';
import { me, previewOf } from './state.js';
import * as timeline from './timeline.js';
import { announceNow } from './announce.js';
import { t } from './i18n.js';

/** @typedef {{nonce: string, room: number, text: string, reply_to: any, at: number, state: 'sending'|'queued'|'failed', reason: string}} Entry */

/** @type {{value: Entry[]}} oldest first */
export const outbox = signal([]);
/** @type {{value: Map<number, string>}} room → text not sent yet */
export const drafts = signal(new Map());

const busy = new Set();
const place = (nonce) => `${me.value.id}.outbox.${nonce}`;
const newNonce = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Takes back what the last visit did not get sent. @param {number} user */
export function restore(user) {
  outbox.value = keptKeys(`${user}.outbox.`)
    .map((key) => recall(key))
    .filter((entry) => entry?.nonce && entry.room)
    .map((entry) => ({ ...entry, state: entry.state === 'failed' ? 'failed' : 'queued' }))
    .sort((a, b) => a.at - b.at);
  drafts.value = new Map(Object.entries(recall(`${user}.drafts`, {})).map(([room, text]) => [Number(room), text]));
}

/** @param {number} user whose words are forgotten, on signing out */
export function wipe(user) {
  clearTimeout(draftTimer);
  forget(user);
  outbox.value = [];
  drafts.value = new Map();
}

let draftTimer = 0;
export function keepDrafts() {
  clearTimeout(draftTimer);
  if (me.value) keep(`${me.value.id}.drafts`, Object.fromEntries(drafts.value));
}

/** @param {number} room @param {string} text */
export function setDraft(room, text) {
  if ((drafts.value.get(room) ?? '') === text) return;
  const map = new Map(drafts.value);
  if (text) map.set(room, text);
  else map.delete(room);
  drafts.value = map;
  clearTimeout(draftTimer);
  draftTimer = setTimeout(keepDrafts, 300);
}
addEventListener('pagehide', keepDrafts);
document.addEventListener('visibilitychange', keepDrafts);

/**
 * Shows a message at once and sends it when that is possible.
 * @param {number} room
 * @param {string} text
 * @param {any} [replyTo] the message answered
 */
export function send(room, text, replyTo) {
  const entry = {
    nonce: newNonce(),
    room,
    text,
    reply_to: replyTo ? { id: replyTo.id, user: replyTo.user, preview: previewOf(replyTo) } : null,
    at: Date.now(),
    state: connection.value === 'online' ? 'sending' : 'queued',
    reason: '',
  };
  keep(place(entry.nonce), entry);
  outbox.value = [...outbox.value, entry];
  drain(room);
}

/** @param {string} nonce */
export function retry(nonce) {
  change(nonce, { state: connection.value === 'online' ? 'sending' : 'queued', reason: '' });
  const entry = outbox.value.find((one) => one.nonce === nonce);
  if (entry) drain(entry.room);
}

/** Gives up a message that was not sent. @param {string} nonce @returns {Entry|undefined} */
export function discard(nonce) {
  const entry = outbox.value.find((one) => one.nonce === nonce);
  settle(nonce);
  return entry;
}

/** The server has it. @param {string} nonce */
export function settle(nonce) {
  if (!outbox.value.some((entry) => entry.nonce === nonce)) return;
  keep(place(nonce), null);
  outbox.value = outbox.value.filter((entry) => entry.nonce !== nonce);
}

/** Sends all that waits, after the connection came back. */
export function flush() {
  for (const room of new Set(outbox.value.map((entry) => entry.room))) drain(room);
}

function change(nonce, by) {
  outbox.value = outbox.value.map((entry) => (entry.nonce === nonce ? { ...entry, ...by } : entry));
  const entry = outbox.value.find((one) => one.nonce === nonce);
  if (entry) keep(place(nonce), entry);
}

const next = (room) => outbox.value.find((entry) => entry.room === room && entry.state !== 'failed');

/** One message after the other, so that the order of writing is the order in the room. */
async function drain(room) {
  if (busy.has(room)) return;
  busy.add(room);
  try {
    for (let entry = next(room); entry && connection.value === 'online'; entry = next(room)) {
      if (entry.state === 'queued') change(entry.nonce, { state: 'sending' });
      if (!(await attempt(entry))) break;
    }
  } finally {
    busy.delete(room);
    // What is left waits for the next hello.
    batch(() => {
      for (const entry of outbox.value) if (entry.room === room && entry.state === 'sending') change(entry.nonce, { state: 'queued' });
    });
  }
}

async function attempt(entry) {
  try {
    const ok = await request({
      type: 'send',
      room: entry.room,
      text: entry.text,
      nonce: entry.nonce,
      reply_to: entry.reply_to?.id ?? null,
    });
    batch(() => {
      if (!outbox.value.some((one) => one.nonce === entry.nonce)) return;
      timeline.add(entry.room, sentMessage(entry, ok.message), entry.nonce);
      settle(entry.nonce);
    });
    return true;
  } catch (error) {
    if (error.code === 'offline') {
      if (outbox.value.some((one) => one.nonce === entry.nonce)) change(entry.nonce, { state: 'queued' });
      return false;
    }
    if (error.status === 429 || error.status === 503) {
      await new Promise((done) => setTimeout(done, (error.retry_after_s || 2) * 1000));
      return true;
    }
    change(entry.nonce, { state: 'failed', reason: error.detail ?? '' });
    announceNow(t('message.failed'));
    return true;
  }
}

/** The message as the event will tell it, for the moment in which only the `ok` is here. */
function sentMessage(entry, ok) {
  return {
    id: ok.id,
    room: entry.room,
    user: me.value.id,
    at: ok.at,
    kind: 'text',
    text: entry.text,
    edited_at: null,
    deleted: false,
    reply_to: entry.reply_to,
    mentions: [],
    mention_room: false,
  };
}
