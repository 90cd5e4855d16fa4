// What this browser keeps of a person between visits: one IndexedDB per person, or memory where that is refused.

/** Rooms as last seen, the newest messages of each, words on their way, words not sent, and whatever else. */
const STORES = ['rooms', 'tail', 'outbox', 'drafts', 'meta'];
/** A database that does not open must not hold up the page. */
const PATIENCE = 1500;

let opened = { user: 0, ready: Promise.resolve(null) };
let memory = new Map();
const name = (user) => `snug-${user}`;

/** Opens the database of a person; asked again, it is the same. @param {number} user @returns {Promise<boolean>} false when only memory is left */
export function open(user) {
  if (opened.user !== user) {
    opened.ready.then((database) => database?.close());
    memory = new Map(STORES.map((store) => [store, new Map()]));
    opened = { user, ready: connect(user) };
  }
  return opened.ready.then(Boolean);
}

function connect(user) {
  return new Promise((done) => {
    setTimeout(() => done(null), PATIENCE);
    try {
      const request = indexedDB.open(name(user), 1);
      request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
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
async function step(store, mode, ask, instead) {
  const database = await opened.ready;
  const inMemory = () => instead(memory.get(store) ?? new Map());
  if (!database) return inMemory();
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

/** @param {string} store @param {any} key @returns {Promise<any>} undefined when there is none */
export const get = (store, key) =>
  step(
    store,
    'readonly',
    (rows) => rows.get(key),
    (rows) => rows.get(key),
  );

/** @param {string} store @param {any} key a number or a text @param {any} value anything that can be cloned */
export const put = (store, key, value) =>
  step(
    store,
    'readwrite',
    (rows) => rows.put(value, key),
    (rows) => void rows.set(key, value),
  );

/** @param {string} store @param {any} key */
export const remove = (store, key) =>
  step(
    store,
    'readwrite',
    (rows) => rows.delete(key),
    (rows) => void rows.delete(key),
  );

/** @param {string} store @returns {Promise<[any, any][]>} keys with their values */
export const list = (store) =>
  step(
    store,
    'readonly',
    (rows) => [rows.getAllKeys(), rows.getAll()],
    (rows) => [[...rows.keys()], [...rows.values()]],
  ).then(([keys, values]) => keys.map((key, at) => [key, values[at]]));

/** @param {string} store */
export const clear = (store) =>
  step(
    store,
    'readwrite',
    (rows) => rows.clear(),
    (rows) => void rows.clear(),
  );

/** Deletes all that is kept of a person, on signing out. @param {number} user @returns {Promise<void>} */
export async function forget(user) {
  if (opened.user === user) {
    const { ready } = opened;
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
