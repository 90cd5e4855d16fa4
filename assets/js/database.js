// What this browser keeps of a person between visits: one IndexedDB per person, or memory where that is refused.
import { keep, keptKeys, recall } from './keep.js';

/** Rooms as last seen, the newest messages of each, words on their way, words not sent, files not sent, and whatever else. */
const STORES = ['rooms', 'tail', 'outbox', 'drafts', 'files', 'meta'];
/** One more when a store is added. */
const VERSION = 2;
/** A database that does not open must not hold up the page. */
const PATIENCE = 1500;

/** What must not be lost when the page goes while it is being written: such writes are also kept where writing is at once. */
const PRECIOUS = ['outbox', 'drafts'];
const here = Math.random().toString(36).slice(2, 10);
/** @type {Map<string, [string, any, any]>} writes that are not over yet */
const unfinished = new Map();

let opened = { user: 0, ready: Promise.resolve(null) };
let memory = new Map();
const name = (user) => `snug-${user}`;

/** Opens the database of a person; asked again, it is the same. @param {number} user @returns {Promise<boolean>} false when only memory is left */
export function open(user) {
  if (opened.user !== user) {
    opened.ready.then((database) => database?.close());
    memory = new Map(STORES.map((store) => [store, new Map()]));
    unfinished.clear();
    opened = { user, ready: connect(user).then((database) => salvage(user, database)) };
  }
  return opened.ready.then(Boolean);
}

const rescued = (user) => `${user}.late.`;

/** Writes down what is being written, at once: for the moment in which a page goes. */
export function rescue() {
  if (opened.user) keep(rescued(opened.user) + here, unfinished.size ? [...unfinished.values()] : null);
}
addEventListener('pagehide', rescue);

/** Takes in what earlier pages had no time to write. */
async function salvage(user, database) {
  for (const key of keptKeys(rescued(user))) {
    for (const [store, place, value] of recall(key, [])) {
      await (value === null ? erase(database, store, place) : write(database, store, place, value));
      if (!database && value !== null) unfinished.set(`${store} ${place}`, [store, place, value]);
    }
    keep(key, null);
  }
  if (unfinished.size) rescue();
  return database;
}

function connect(user) {
  return new Promise((done) => {
    setTimeout(() => done(null), PATIENCE);
    try {
      const request = indexedDB.open(name(user), VERSION);
      request.onupgradeneeded = () => {
        const there = request.result.objectStoreNames;
        STORES.filter((store) => !there.contains(store)).forEach((store) => request.result.createObjectStore(store));
      };
      request.onerror = () => done(null);
      request.onsuccess = () => {
        // Signing out in another window deletes it; whoever holds on would be in the way.
        request.result.onversionchange = () => request.result.close();
        done(request.result);
      };
    } catch {
      done(null);
    }
  });
}

/** One step in one store. Whatever fails there is done in memory, so that the visit goes on. */
function step(database, store, mode, ask, instead) {
  const inMemory = () => instead(memory.get(store) ?? new Map());
  if (!database) return Promise.resolve(inMemory());
  return new Promise((done) => {
    try {
      const transaction = database.transaction(store, mode);
      const asked = ask(transaction.objectStore(store));
      // A write counts when its transaction is over, not when it was asked for.
      transaction.oncomplete = () => done(Array.isArray(asked) ? asked.map((one) => one.result) : asked.result);
      transaction.onabort = () => done(inMemory());
    } catch {
      done(inMemory());
    }
  });
}

const write = (database, store, key, value) =>
  step(
    database,
    store,
    'readwrite',
    (rows) => rows.put(value, key),
    (rows) => void rows.set(key, value),
  );

const erase = (database, store, key) =>
  step(
    database,
    store,
    'readwrite',
    (rows) => rows.delete(key),
    (rows) => void rows.delete(key),
  );

/** @param {string} store @param {any} key @returns {Promise<any>} undefined when there is none */
export const get = async (store, key) =>
  step(
    await opened.ready,
    store,
    'readonly',
    (rows) => rows.get(key),
    (rows) => rows.get(key),
  );

/** @param {string} store @param {any} key a number or a text @param {any} value anything that can be cloned, but not null @returns {Promise<void>} */
export const put = (store, key, value) => surely(store, key, value);

/** @param {string} store @param {any} key @returns {Promise<void>} */
export const remove = (store, key) => surely(store, key, null);

async function surely(store, key, value) {
  const name = `${store} ${key}`;
  const mine = [store, key, value];
  const precious = PRECIOUS.includes(store);
  // What was sent is safe before anything else happens; what is being typed only when the page may go.
  const late = precious && (store === 'outbox' || document.visibilityState === 'hidden');
  if (precious) unfinished.set(name, mine);
  if (late) rescue();
  const database = await opened.ready;
  await (value === null ? erase(database, store, key) : write(database, store, key, value));
  // Where there is only memory, a write is never over.
  if (unfinished.get(name) !== mine || (!database && value !== null)) return;
  unfinished.delete(name);
  if (late || !database) rescue();
}

/** @param {string} store @returns {Promise<[any, any][]>} keys with their values */
export async function list(store) {
  const [keys, values] = await step(
    await opened.ready,
    store,
    'readonly',
    (rows) => [rows.getAllKeys(), rows.getAll()],
    (rows) => [[...rows.keys()], [...rows.values()]],
  );
  return keys.map((key, at) => [key, values[at]]);
}

/** @param {string} store */
export async function clear(store) {
  await step(
    await opened.ready,
    store,
    'readwrite',
    (rows) => rows.clear(),
    (rows) => void rows.clear(),
  );
}

/** Deletes all that is kept of a person, on signing out. @param {number} user @returns {Promise<void>} */
export async function forget(user) {
  if (opened.user === user) {
    const { ready } = opened;
    unfinished.clear();
    rescue();
    opened = { user: 0, ready: Promise.resolve(null) };
    memory = new Map();
    (await ready)?.close();
  }
  await new Promise((done) => {
    try {
      const request = indexedDB.deleteDatabase(name(user));
      request.onsuccess = request.onerror = request.onblocked = () => done();
    } catch {
      done();
    }
  });
}
