// Messages on their way: kept through reload and loss of network, sent in order, never twice.
import { batch, signal } from './view.js';
import { request, connection, readOnly } from './socket.js';
import * as database from './database.js';
import * as drafts from './drafts.js';
import { forget, keep, keptKeys, recall } from './keep.js';
import { me, members, previewOf, roomOf, userOf } from './state.js';
import * as timeline from './timeline.js';
import { announceNow } from './announce.js';
import { setTray } from './upload/tray.js';
import { t } from './i18n.js';

/**
 * @typedef {{nonce: string, room: number, thread: number|null, text: string, reply_to: any, mentions: number[], mention_room: boolean,
 *   files?: any[], at: number, state: 'uploading'|'sending'|'queued'|'failed', reason: string, tab: string}} Entry
 *   `uploading`: its files are not all there yet; those behind it need not wait for it
 */

/** @type {{value: Entry[]}} oldest first */
export const outbox = signal([]);

const busy = new Set();
/** Messages for which a draft is held. */
const holding = new Set();
/** What files need is fetched only where there are any. */
const uploads = () => import('./upload/items.js');
const lacks = ({ files }) => files?.some(({ there }) => !there);
/** Addresses of this page mean nothing to the next one. */
const store = (entry) =>
  database.put('outbox', entry.nonce, { ...entry, files: entry.files?.map((file) => (file.url?.startsWith('blob:') ? { ...file, url: null, thumb: null } : file)) });
const hex = (length) => Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Each window sends what was written in it; what a closed one left behind goes to one of the others. */
const tab = hex(6);
const lockOf = (name) => `snug-tab-${name}`;
const minded = new Set([tab]);
// Held as long as this window lives.
navigator.locks?.request(lockOf(tab), () => new Promise(() => {}));

/** Takes back what earlier visits did not get sent. @param {number} user */
export async function restore(user) {
  await drafts.restore(user);
  // Up to version 0.1 they were kept elsewhere.
  for (const key of keptKeys(`${user}.outbox.`)) {
    const entry = recall(key);
    if (entry?.nonce && entry.room) await database.put('outbox', entry.nonce, { thread: null, mentions: [], ...entry, tab: '' });
    keep(key, null);
  }
  outbox.value = [];
  holding.clear();
  // Signing in again in the same window finds its own.
  await take(tab);
  minded.add(tab);
  await adopt();
  // What was attached to something not sent yet.
  database.list('files').then((kept) => kept.length && uploads().then((items) => items.restore()));
}

/** Takes over what windows that are gone have left: at once, or as soon as they go. */
async function adopt() {
  const tabs = new Set((await database.list('outbox')).map(([, entry]) => entry.tab));
  if (!navigator.locks) {
    for (const name of tabs) if (name !== tab) await take(name);
    return;
  }
  const asked = [...tabs].filter((name) => !minded.has(name));
  for (const name of asked) minded.add(name);
  await Promise.all(asked.map((name) => navigator.locks.request(lockOf(name), { ifAvailable: true }, (lock) => (lock ? take(name) : wait(name)))));
}

function wait(name) {
  navigator.locks
    .request(lockOf(name), () => take(name))
    .then(flush)
    .catch(() => {});
}

async function take(name) {
  minded.delete(name);
  const left = (await database.list('outbox')).map(([, entry]) => entry).filter((entry) => entry.tab === name);
  const entries = left.map((entry) => ({ ...entry, tab, state: entry.state === 'failed' ? 'failed' : lacks(entry) ? 'uploading' : 'queued' }));
  for (const entry of entries) await store(entry);
  const known = new Set(outbox.value.map(({ nonce }) => nonce));
  const fresh = entries.filter(({ nonce }) => !known.has(nonce));
  fresh.forEach(hold);
  outbox.value = [...outbox.value, ...fresh].sort((a, b) => a.at - b.at);
  const carrying = fresh.filter(({ files }) => files?.length);
  if (carrying.length) uploads().then((items) => items.resume(carrying));
}

/** The server drops the draft with the message; of one that waits for its files nothing is on the way yet. */
function hold({ nonce, room, thread, state }) {
  if (state === 'failed' || state === 'uploading' || holding.has(nonce)) return;
  holding.add(nonce);
  drafts.hold(room, thread);
}

function release({ nonce, room, thread }, sent) {
  if (holding.delete(nonce)) drafts.release(room, thread, sent);
}

/** @param {number} user whose words are forgotten, on signing out */
export async function wipe(user) {
  outbox.value = [];
  holding.clear();
  drafts.forgetAll();
  forget(user);
  await database.forget(user);
}

/**
 * Shows a message at once and sends it when that is possible.
 * @param {number} room
 * @param {string} text
 * @param {any} [replyTo] the message answered
 * @param {number|null} [thread] the message under which it is said
 * @param {any[]} [items] what comes with it, from upload/items.js
 */
export function send(room, text, replyTo, thread = null, items = []) {
  const nonce = hex(12);
  const entry = {
    nonce,
    room,
    thread,
    text,
    reply_to: replyTo ? { id: replyTo.id, user: replyTo.user, preview: previewOf(replyTo) } : null,
    ...called(roomOf(room), text),
    at: Date.now(),
    state: stateNow(),
    reason: '',
    tab,
  };
  if (items.length) {
    entry.files = items.map((item) => item.goesWith(nonce));
    if (lacks(entry)) entry.state = 'uploading';
    setTray(room, thread, { items: [], stuck: false, offer: '' });
  }
  store(entry);
  hold(entry);
  outbox.value = [...outbox.value, entry];
  drain(room);
}

const flows = () => connection.value === 'online' && !readOnly.value;
const stateNow = () => (flows() ? 'sending' : 'queued');

/** A file of a message changed; when it was the last that was missing, the message goes. @param {string} nonce @param {string} key @param {any} file as it is shown */
export function refresh(nonce, key, file) {
  const entry = outbox.value.find((one) => one.nonce === nonce);
  if (!entry) return;
  const files = entry.files.map((one) => (one.key === key ? file : one));
  const goes = entry.state === 'uploading' && !lacks({ files });
  change(nonce, goes ? { files, state: stateNow() } : { files });
  const now = outbox.value.find((one) => one.nonce === nonce);
  store(now);
  hold(now);
  if (goes) drain(entry.room);
}

/** A message cannot go, because a file of it cannot. @param {string} nonce @param {string} reason */
export function stuck(nonce, reason) {
  if (outbox.value.some((one) => one.nonce === nonce)) refuse(nonce, reason);
}

function refuse(nonce, reason) {
  change(nonce, { state: 'failed', reason });
  release(outbox.value.find((one) => one.nonce === nonce), false);
  announceNow(t('message.failed'));
}

/** Whom the words call, as far as it is known here: so that they look now as they will look when they are sent. */
function called(room, text) {
  const people = room?.kind === 'direct' ? room.users.map(userOf) : (members.value.get(room?.id) ?? []).map(({ user }) => user);
  const names = new Set([...text.matchAll(/@([a-z0-9][a-z0-9._-]*)/gi)].map(([, name]) => name.toLowerCase().replace(/[._-]+$/, '')));
  return {
    mentions: people.filter(({ username }) => names.has(username.toLowerCase())).map(({ id }) => id),
    mention_room: room?.kind !== 'direct' && names.has('room'),
  };
}

/** @param {string} nonce */
export function retry(nonce) {
  const entry = outbox.value.find((one) => one.nonce === nonce);
  if (entry?.state !== 'failed') return;
  change(nonce, { state: lacks(entry) ? 'uploading' : stateNow(), reason: '' });
  hold(outbox.value.find((one) => one.nonce === nonce));
  if (lacks(entry)) uploads().then((items) => items.retry(entry));
  drain(entry.room);
}

/** Gives up a message that was not sent; its words go back to where they were written, if nothing else is there. @param {string} nonce */
export function discard(nonce) {
  const entry = outbox.value.find((one) => one.nonce === nonce);
  if (!entry) return;
  settle(nonce, false);
  drafts.giveBack(entry.room, entry.thread, entry.text);
}

/** The server has it. @param {string} nonce @param {boolean} [sent] */
export function settle(nonce, sent = true) {
  const entry = outbox.value.find((one) => one.nonce === nonce);
  if (!entry) return;
  database.remove('outbox', nonce);
  outbox.value = outbox.value.filter((one) => one.nonce !== nonce);
  release(entry, sent);
  if (entry.files?.length) uploads().then((items) => items.settled(entry, sent));
}

/** Sends all that waits, after the connection came back. */
export function flush() {
  for (const room of new Set(outbox.value.map((entry) => entry.room))) drain(room);
  drafts.tellAll();
}

function change(nonce, by) {
  outbox.value = outbox.value.map((entry) => (entry.nonce === nonce ? { ...entry, ...by } : entry));
  const entry = outbox.value.find((one) => one.nonce === nonce);
  // On its way or waiting is the same to who comes back later.
  if (entry && (by.state === 'failed' || by.reason === '')) store(entry);
}

const next = (room) => outbox.value.find((entry) => entry.room === room && entry.state !== 'failed' && entry.state !== 'uploading');

/** One message after the other, so that the order of writing is the order in the room. */
async function drain(room) {
  if (busy.has(room)) return;
  busy.add(room);
  try {
    for (let entry = next(room); entry && flows(); entry = next(room)) {
      if (entry.state === 'queued') change(entry.nonce, { state: 'sending' });
      if (!(await attempt(entry))) break;
    }
  } finally {
    busy.delete(room);
    // What is left waits for the next hello, or for the server's disk.
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
      thread: entry.thread ?? null,
      files: entry.files?.map(({ id }) => id) ?? [],
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
    if (!outbox.value.some((one) => one.nonce === entry.nonce)) return true;
    refuse(entry.nonce, error.detail ?? '');
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
    thread: entry.thread ?? null,
    thread_count: 0,
    files: entry.files?.map(({ there }) => there) ?? [],
    mentions: entry.mentions ?? [],
    mention_room: Boolean(entry.mention_room),
    reactions: [],
    pinned: false,
  };
}
