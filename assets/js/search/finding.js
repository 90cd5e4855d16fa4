// A search as it goes on: what is asked next, what was found, and where one was in it. It outlives the view, so that one comes back to it.
import { batch, computed, effect, signal } from '../view.js';
import { api } from '../api.js';
import { happened } from '../events.js';
import { connection } from '../socket.js';
import * as state from '../state.js';
import { plain } from '../text.js';

/**
 * @typedef {{message: any, room: number, snippet: {text: string, mark: boolean}[]}} Hit
 * @typedef {{text: string, sort: 'best'|'newest', pages: Hit[][], next: number|null, total: number, partial: boolean}} Found
 */

/** A rest of the fingers that is taken for the end of a word. */
const PAUSE = 250;
/** The server answers two questions a second of one person. */
const APART = 550;
const PAGE = 25;
/** More than this nobody reads: better words find better. */
const MOST = 500;
/** What is shown of a message that reads differently now. */
const PIECE = 240;

/** @type {{value: Found|null}} the newest answer */
export const found = signal(null);
/** A question is on its way, or waits for its turn. */
export const busy = signal(false);
/** @type {{value: any}} what went wrong with the newest question */
export const failure = signal(null);
/** Where one was in what was found: how far down, and at which message. */
export const place = { scroll: 0, hit: 0 };

/** What is shown of it: nothing of rooms that one is no longer in. @type {{value: Hit[][]}} */
export const shown = computed(() => (found.value?.pages ?? []).map((page) => page.filter(({ room }) => state.rooms.value.has(room))));
/** @returns {boolean} whether there is more to show */
export const hasMore = () => Boolean(found.value?.next) && found.value.pages.flat().length < MOST;

/** The question that counts; any other answer is too late. */
let wish = null;
let going = null;
let timer = 0;
let free = 0;

/** @param {{text: string, sort: string}|null} one @param {{text: string, sort: string}} other */
const same = (one, other) => one?.text === other.text && one.sort === other.sort;

/**
 * Asks as soon as typing rests; what was asked before is forgotten.
 * @param {string} text @param {'best'|'newest'} sort @param {{again?: boolean, pause?: number}} [how] `again`: although the answer is here
 */
export function ask(text, sort, { again, pause = PAUSE } = {}) {
  const next = { text: text.trimStart(), sort };
  if (!again && same(wish, next) && !failure.value) return;
  stop();
  wish = next;
  if (!next.text) return void batch(() => ([found.value, failure.value] = [null, null]));
  if (!again && same(found.value, next)) return void (failure.value = null);
  busy.value = true;
  timer = setTimeout(send, Math.max(pause, free - Date.now()));
}

/** The same once more, as after a failure. */
export const retry = () => wish && ask(wish.text, wish.sort, { again: true, pause: 0 });

/** The page after what is shown. */
export function more() {
  if (busy.value || !hasMore() || !same(found.value, wish ?? {})) return;
  busy.value = true;
  timer = setTimeout(send, Math.max(0, free - Date.now()), found.value.next);
}

function stop() {
  clearTimeout(timer);
  going?.abort();
  going = null;
  busy.value = false;
}

async function send(cursor) {
  const mine = (going = new AbortController());
  const { text, sort } = wish;
  free = Date.now() + APART;
  const query = new URLSearchParams({ q: text, sort, limit: String(PAGE), utc_offset: String(-new Date().getTimezoneOffset()) });
  if (cursor) query.set('cursor', cursor);
  try {
    const answer = await api('GET', `/search?${query}`, undefined, { signal: mine.signal });
    if (going !== mine) return;
    state.addUsers(answer.users);
    batch(() => {
      // Two pages hold the same message when one was said between them.
      const before = cursor ? found.value.pages : [];
      const known = new Set(before.flat().map(({ message }) => message.id));
      const page = answer.hits.filter(({ message }) => !known.has(message.id));
      // The same message is still the one that was opened, if it is among these.
      if (!cursor && !page.some(({ message }) => message.id === place.hit)) Object.assign(place, { scroll: 0, hit: 0 });
      found.value = { text, sort, pages: [...before, page], next: answer.next, total: answer.total, partial: answer.partial };
      [busy.value, failure.value] = [false, null];
    });
  } catch (error) {
    if (going !== mine) return;
    // Another page of the same person asked as well: nobody who types is told off for it.
    if (error.status === 429) {
      free = Date.now() + Math.max(1, error.retryAfter) * 1000;
      timer = setTimeout(send, free - Date.now(), cursor);
      return;
    }
    batch(() => ([busy.value, failure.value] = [false, error]));
  }
}

/** @param {(hit: Hit) => Hit|null} change null: it is there no longer */
function amend(change) {
  const before = found.peek();
  if (!before) return;
  let gone = 0;
  const one = (hit) => {
    const next = change(hit);
    if (!next) gone++;
    return next;
  };
  const pages = before.pages.map((page) => page.map(one).filter(Boolean));
  found.value = { ...before, pages, total: Math.max(0, before.total - gone) };
}

/** Words that were changed since: without marks, because nobody knows where they would stand. */
const anew = (message) => [{ text: plain(message.text).slice(0, PIECE), mark: false }];

const changes = {
  'message.deleted': ({ id }) => amend((hit) => (hit.message.id === id ? null : hit)),
  'messages.expired': ({ up_to: upTo }, room) => amend((hit) => (hit.room === room && hit.message.id <= upTo ? null : hit)),
  'message.updated': (message) =>
    amend((hit) => (hit.message.id !== message.id ? hit : { ...hit, message, snippet: hit.message.text === message.text ? hit.snippet : anew(message) })),
};
effect(() => {
  const event = happened.value;
  if (event) changes[event.event]?.(event.data, event.room);
});

/** Whoever leaves a room finds nothing of it. */
effect(() => {
  const mine = state.rooms.value;
  if (found.peek()?.pages.flat().some(({ room }) => !mine.has(room))) amend((hit) => (mine.has(hit.room) ? hit : null));
});

/** What could not be asked without a connection is asked when there is one; the socket may not have noticed that there was none. */
const again = () => failure.peek()?.status === 0 && retry();
effect(() => {
  if (connection.value === 'online') again();
});
addEventListener('online', again);

/** Nothing is left for who comes after. */
effect(() => {
  if (state.ready.value) return;
  stop();
  wish = null;
  batch(() => ([found.value, failure.value] = [null, null]));
});
