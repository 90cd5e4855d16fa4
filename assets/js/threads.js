// Threads as one has them oneself: which are followed, what of them is unread, and which one is open.
import { computed, signal } from './view.js';
import { api } from './api.js';

/** @typedef {{room: number, id: number, following: boolean, read_up_to: number, unread: number, mentions: number, last: number|null}} ThreadMe */

/** @type {{value: Map<number, ThreadMe>}} by root */
export const threads = signal(new Map());
/** The thread in the drawer. @type {{value: {room: number, root: number}|null}} */
export const openThread = signal(null);

/** What the entry of the sidebar tells. @type {{value: {unread: number, mentions: number}}} */
export const threadNews = computed(() => {
  let unread = 0;
  let mentions = 0;
  for (const thread of threads.value.values()) {
    if (thread.unread) unread++;
    mentions += thread.mentions;
  }
  return { unread, mentions };
});

/** Takes a snapshot in. @param {ThreadMe[]} list */
export function fillThreads(list) {
  threads.value = new Map((list ?? []).map((thread) => [thread.id, thread]));
}

/** @param {ThreadMe} thread as it is now */
export function putThread(thread) {
  const map = new Map(threads.value);
  if (thread.following) map.set(thread.id, thread);
  else map.delete(thread.id);
  threads.value = map;
}

/** @param {number} room that one is no longer in */
export function dropThreads(room) {
  threads.value = new Map([...threads.value].filter(([, thread]) => thread.room !== room));
  if (openThread.value?.room === room) openThread.value = null;
}

/** Counts a new answer, unless it is counted already. @param {any} message @param {number} me */
export function countAnswer(message, me) {
  const thread = threads.value.get(message.thread);
  if (!thread || message.deleted || message.id <= (thread.last ?? 0)) return;
  const other = message.user !== me && message.id > thread.read_up_to;
  const called = other && (message.mention_room || message.mentions.includes(me));
  const up = (count, by) => Math.min(100, count + (by ? 1 : 0));
  putThread({ ...thread, last: message.id, unread: up(thread.unread, other), mentions: up(thread.mentions, called) });
}

const asking = new Map();
/** What is left cannot be told from a deletion or an edit: ask, once for a burst. @param {number} room @param {number} root */
export function askThread(room, root) {
  if (!threads.value.get(root)?.unread || asking.has(root)) return;
  const ask = async () => {
    asking.delete(root);
    const answer = await api('GET', `/rooms/${room}/threads/${root}?limit=1`).catch(() => null);
    if (answer) putThread(answer.me);
  };
  asking.set(root, setTimeout(ask, 300));
}

/** Reads a thread up to a message. @param {number} room @param {number} root @param {number} upTo */
export function readThread(room, root, upTo) {
  const thread = threads.value.get(root);
  if (!thread || upTo <= thread.read_up_to) return;
  const all = upTo >= (thread.last ?? 0);
  putThread({ ...thread, read_up_to: upTo, ...(all ? { unread: 0, mentions: 0 } : {}) });
  // What does not arrive is told again with the next message that is seen.
  api('POST', `/rooms/${room}/threads/${root}/read`, { up_to: upTo }).catch(() => {});
}

/** @param {number} room @param {number} root @param {boolean} following */
export async function followThread(room, root, following) {
  putThread(await api('PATCH', `/rooms/${room}/threads/${root}/me`, { following }));
}
