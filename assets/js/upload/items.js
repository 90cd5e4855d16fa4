// What is attached: from the moment it is chosen until the message that carries it is sent, through reload and loss of network.
import { batch, effect, signal } from '../view.js';
import * as database from '../database.js';
import { announceCalmly } from '../announce.js';
import { toast } from '../layers.js';
import * as outbox from '../outbox.js';
import { me, server } from '../state.js';
import { sentence } from '../ui/basics.js';
import { size as inWords } from '../bytes.js';
import { t } from '../i18n.js';
import { withoutPlace } from './exif.js';
import { thumbOf } from './thumb.js';
import { inTurn } from './queue.js';
import { giveUp, upload, withThumb } from './tus.js';
import { sentHere, setTray, trayOf, trays } from './tray.js';

/** So many files may come with one message. */
const MOST = 20;
/** What is larger is not kept in this browser: whoever leaves the page before it is sent chooses it again. */
const KEPT = 8 * 1024 * 1024;
/** What was attached and never sent is forgotten as late as the server forgets it. */
const DAY = 24 * 3600 * 1000;
/** Pictures that stay as they were shown. */
const SHOWN = 200;

/**
 * @typedef {{state: 'preparing'|'waiting'|'sending'|'offline'|'done'|'failed', sent: number, error: string}} Look
 * @typedef {object} Item
 * @property {string} key
 * @property {number} room
 * @property {number|null} thread
 * @property {string|null} nonce of the message that it goes with, once that is sent
 * @property {string} name
 * @property {string} type
 * @property {number} size
 * @property {Blob|null} blob null when it was too large to be kept
 * @property {boolean} prepared
 * @property {Blob|null} thumb
 * @property {number|null} width
 * @property {number|null} height
 * @property {number|null} duration_ms
 * @property {number[]|null} waveform
 * @property {string|null} location where its pieces go
 * @property {any} file as the server tells of it, when it is there
 * @property {{value: Look}} look
 * @property {string|null} url to show it by itself
 * @property {string|null} picture to show it small
 * @property {AbortController} stop
 */

/** @type {Map<string, Item>} */
const items = new Map();
const FIELDS = ['key', 'room', 'thread', 'nonce', 'name', 'type', 'size', 'prepared', 'thumb', 'width', 'height', 'duration_ms', 'waveform', 'location', 'file', 'at'];

/** This window, also after it was loaded again: what is not sent yet belongs to it. */
const WINDOW = 'snug.window';
const isHere = Math.random().toString(36).slice(2, 10);
const here = () => {
  try {
    const name = sessionStorage.getItem(WINDOW) ?? isHere;
    sessionStorage.setItem(WINDOW, name);
    return name;
  } catch {
    return isHere;
  }
};

/** @param {string} key @returns {Item|undefined} */
export const itemOf = (key) => items.get(key);

/**
 * Attaches files to what is being written, and begins to send them.
 * @param {number} room @param {number|null} thread @param {File[]} files
 * @param {{duration_ms?: number, waveform?: number[], apart?: boolean}} [more] `apart`: it is not shown beside what is written
 * @returns {Item[]}
 */
export function add(room, thread, files, { duration_ms = null, waveform = null, apart = false } = {}) {
  const there = trayOf(room, thread)?.items ?? [];
  const largest = server.value?.max_upload_bytes || Infinity;
  const small = files.filter((file) => file.size <= largest);
  const large = files.find((file) => file.size > largest);
  if (large) toast(t('upload.toolarge', { name: large.name, size: inWords(large.size), most: inWords(largest) }), { error: true });
  const fit = apart ? small : small.slice(0, Math.max(0, MOST - there.length));
  if (fit.length < small.length) toast(t('upload.toomany', { n: MOST }), { error: true });
  const fresh = fit.map((file) =>
    make({ key: crypto.randomUUID(), room, thread, nonce: null, name: file.name || t('upload.unnamed'), type: file.type, size: file.size, blob: file, prepared: false, thumb: null, width: null, height: null, duration_ms, waveform, location: null, file: null, at: Date.now() }),
  );
  if (!fresh.length) return fresh;
  if (!apart) setTray(room, thread, { items: [...there, ...fresh] });
  announceCalmly(fresh.length > 1 ? t('upload.said.begun.many', { n: fresh.length }) : t('upload.said.begun', { name: fresh[0].name }));
  fresh.forEach(start);
  return fresh;
}

function make(record) {
  const item = { ...record, look: signal({ state: 'preparing', sent: 0, error: '' }), url: null, picture: null, stop: new AbortController() };
  /** What a message shows of it, once it goes with that. @param {string} nonce */
  item.goesWith = (nonce) => {
    adopt([item], nonce);
    return shownAs(item);
  };
  items.set(item.key, item);
  illustrate(item);
  return item;
}

/** Gives it addresses by which this page can show it. */
function illustrate(item) {
  if (item.blob) item.url ??= URL.createObjectURL(item.blob);
  if (item.prepared) item.picture ??= item.thumb ? URL.createObjectURL(item.thumb) : item.width && item.type.startsWith('image/') ? item.url : null;
}

/** A message's file, as long as the server does not tell of the message; `there` is what it will tell. @param {Item} item @returns {any} */
const shownAs = ({ key, file, name, type, size, width, height, url, picture, duration_ms, waveform }) => ({
  ...(file ?? { id: key, name, type: type || 'application/octet-stream', size, duration_ms, waveform }),
  key,
  there: file,
  width: file?.width ?? width,
  height: file?.height ?? height,
  url: url ?? file?.url ?? null,
  thumb: picture ?? file?.thumb ?? null,
});

const look = (item, change) => (item.look.value = { ...item.look.value, ...change });

let preparing = Promise.resolve();
/** Pictures are made ready one after the other, then sent a few at once, in their order. */
function start(item) {
  const { signal } = item.stop;
  preparing = preparing.then(() => signal.aborted || prepare(item)).then(() => signal.aborted || item.look.value.state === 'failed' || inTurn(() => send(item), signal));
}

async function prepare(item) {
  if (item.prepared) return void look(item, { state: 'waiting' });
  try {
    // What cannot be read, as a folder, says so now.
    await item.blob.slice(0, 1).arrayBuffer();
    const clean = await withoutPlace(item.blob);
    const small = await thumbOf(clean);
    if (clean !== item.blob) {
      URL.revokeObjectURL(item.url);
      item.url = null;
    }
    Object.assign(item, small, { blob: clean, size: clean.size, prepared: true, duration_ms: item.duration_ms ?? small.duration_ms });
    illustrate(item);
    await keep(item);
    look(item, { state: 'waiting' });
    tell(item);
  } catch {
    fail(item, t('upload.unreadable'));
  }
}

async function send(item) {
  const { signal } = item.stop;
  const told = {
    signal,
    progress: (sent) => look(item, { state: 'sending', sent }),
    waits: (waiting) => look(item, { state: waiting ? 'offline' : 'sending' }),
    located: (location) => {
      item.location = location;
      keep(item);
    },
  };
  look(item, { state: 'sending', error: '' });
  try {
    const file = await upload(item, told);
    look(item, { sent: item.size });
    item.file = item.thumb && !file.thumb ? await withThumb(file, item.thumb, told) : file;
    sentHere.set(file.id, { key: item.key, thumb: item.picture });
    if (sentHere.size > SHOWN) forgetOldest();
    await keep(item);
    look(item, { state: 'done' });
    tell(item);
    if (![...items.values()].some(isBusy)) announceCalmly(t('upload.said.done', { name: item.name }));
  } catch (error) {
    if (!signal.aborted) fail(item, sentence(error));
  }
}

function forgetOldest() {
  const [id, { thumb }] = sentHere.entries().next().value;
  sentHere.delete(id);
  if (thumb) URL.revokeObjectURL(thumb);
}

function fail(item, error) {
  look(item, { state: 'failed', error });
  announceCalmly(t('upload.said.failed', { name: item.name, error }));
  if (item.nonce) outbox.stuck(item.nonce, error);
  else weigh(item);
}

const isBusy = ({ look: { value } }) => value.state !== 'done' && value.state !== 'failed';

/** The message that waits for it looks at it again. */
const tell = (item) => item.nonce && outbox.refresh(item.nonce, item.key, shownAs(item));

/** Whether what is written there can be sent. */
function weigh({ room, thread }) {
  const tray = trayOf(room, thread);
  if (tray) setTray(room, thread, { stuck: tray.items.some((one) => one.look.value.state === 'failed') });
}

/** Tries once more to send it. @param {Item} item */
export function again(item) {
  if (item.look.value.state !== 'failed') return;
  if (!item.blob) return void outbox.stuck(item.nonce ?? '', item.look.value.error);
  look(item, { state: 'preparing', error: '' });
  weigh(item);
  start(item);
}

/** Takes it away again. @param {Item} item */
export function remove(item) {
  item.stop.abort(new Error('taken away'));
  giveUp(item.location, item.file?.id);
  drop(item);
  const tray = trayOf(item.room, item.thread);
  if (!tray) return;
  setTray(item.room, item.thread, { items: tray.items.filter((one) => one !== item) });
  weigh(item);
}

function drop(item) {
  items.delete(item.key);
  if (item.url && item.url !== item.picture) URL.revokeObjectURL(item.url);
  database.remove('files', item.key);
}

/** They go with a message now. @param {Item[]} list @param {string} nonce */
function adopt(list, nonce) {
  for (const item of list) {
    item.nonce = nonce;
    keep(item);
  }
}

/** The message is sent, or given up: then its files are put back to where they were chosen. @param {any} entry of the outbox @param {boolean} sent */
export function settled(entry, sent) {
  const list = entry.files.map(({ key }) => items.get(key)).filter(Boolean);
  if (sent) return list.forEach(drop);
  adopt(list, null);
  const there = trayOf(entry.room, entry.thread)?.items ?? [];
  setTray(entry.room, entry.thread, { items: [...list, ...there] });
  if (list.length) weigh(list[0]);
  // A file that waited for more than a day may be gone: what was refused is sent anew.
  if (entry.state === 'failed') list.filter(({ blob, file }) => blob && file).forEach(renew);
}

function renew(item) {
  giveUp(null, item.file.id);
  Object.assign(item, { file: null, location: null });
  look(item, { state: 'preparing', sent: 0 });
  start(item);
}

/** Tries again what a message waits for. @param {any} entry */
export const retry = (entry) => entry.files.forEach(({ key }) => items.has(key) && again(items.get(key)));

/** Goes on with what an earlier visit left in the outbox. @param {any[]} entries */
export async function resume(entries) {
  for (const entry of entries) {
    for (const { key, name } of entry.files) {
      const record = items.get(key) ?? (await database.get('files', key));
      if (!record) outbox.stuck(entry.nonce, t('upload.lost', { name }));
      else if (!items.has(key)) wake({ ...record, nonce: entry.nonce });
    }
  }
}

/** Goes on with what was attached before the page was loaded again, and with what windows that are gone have left. */
export async function restore() {
  const all = (await database.list('files')).map(([, record]) => record).sort((a, b) => a.at - b.at);
  const going = new Set((await database.list('outbox')).flatMap(([, { files }]) => files?.map(({ key }) => key) ?? []));
  const free = all.filter(({ key }) => !items.has(key) && !going.has(key));
  const gone = new Set([here()]);
  for (const name of new Set(free.map(({ window }) => window))) if (await isGone(name)) gone.add(name);
  batch(() => {
    for (const record of free) {
      if (record.at < Date.now() - DAY) database.remove('files', record.key);
      else if (gone.has(record.window) && !items.has(record.key)) {
        const item = wake({ ...record, nonce: null });
        keep(item);
        setTray(item.room, item.thread, { items: [...(trayOf(item.room, item.thread)?.items ?? []), item] });
        weigh(item);
      }
    }
  });
}

const lockOf = (name) => `snug-window-${name}`;
// Held as long as this window lives.
navigator.locks?.request(lockOf(here()), () => new Promise(() => {}));
const isGone = (name) => navigator.locks?.request(lockOf(name), { ifAvailable: true }, Boolean) ?? false;

function wake(record) {
  const item = make(record);
  if (item.file) {
    sentHere.set(item.file.id, { key: item.key, thumb: item.picture });
    look(item, { state: 'done', sent: item.size });
    tell(item);
  } else if (item.blob) {
    tell(item);
    start(item);
  } else fail(item, item.nonce ? t('upload.lost', { name: item.name }) : t('upload.lost.card'));
  return item;
}

/** Writes it down for the next visit. @param {Item} item */
function keep(item) {
  if (!items.has(item.key)) return;
  const record = Object.fromEntries(FIELDS.map((name) => [name, item[name]]));
  return database.put('files', item.key, { ...record, window: here(), blob: item.size <= KEPT ? item.blob : null });
}

/** @param {Item} item @returns {boolean} whether it goes on by itself when the page is left */
export const isKept = ({ size, file }) => Boolean(file) || size <= KEPT;

// Whoever signs out leaves nothing behind that goes on.
effect(() => {
  if (me.value) return;
  for (const item of items.values()) item.stop.abort(new Error('signed out'));
  items.clear();
  trays.value = new Map();
});
