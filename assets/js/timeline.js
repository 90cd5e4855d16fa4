// For each room, and each thread that was opened, a window of its messages: paging both ways, at most 300, changed by events.
import { batch, signal } from './view.js';
import { api } from './api.js';
import { addUsers, previewOf, roomOf } from './state.js';
import { putThread } from './threads.js';
import { answered as serverAsked, keepTail, keptTail, stale } from './cache.js';

const FIRST = 60;
const PAGE = 50;
/** What the server gives at once. */
const LARGEST = 200;
/** Where the server stops counting what is unread. */
const MANY = 100;
const MOST = 300;
const KEPT = 12;

/**
 * @typedef {object} Timeline
 * @property {number} room
 * @property {number} thread the root of a thread, 0 for the room itself
 * @property {{value: any}} root the message that a thread is about
 * @property {{value: any[]}} items messages, oldest first; each with `key`, stable from sending on
 * @property {{value: 'new'|'loading'|'ready'|'error'}} status
 * @property {{value: boolean}} kept what is shown is what this browser kept; the server's is on its way
 * @property {{value: boolean}} hasBefore
 * @property {{value: boolean}} hasAfter
 * @property {{value: ''|'before'|'after'}} paging
 * @property {{value: {after: number, at: number}|null}} fresh where the line "new since" stands
 * @property {{value: number}} below messages that came while the window is elsewhere
 * @property {number} eye the message being read when that is not the newest, else 0
 * @property {(() => void)[]} late changes that came while loading
 */

/** @type {Map<number, Timeline>} by room or root: no two things have the same id */
const timelines = new Map();

/** Where to go next: taken by the list that shows the line. @type {{value: {line: Timeline, id: number}|null}} */
export const wanted = signal(null);

/** @param {number} room @param {number} [thread] its root @returns {Timeline} */
export function timelineOf(room, thread = 0) {
  const place = thread || room;
  let line = timelines.get(place);
  if (line) {
    // Order of use, so that the rooms not looked at for longest are the ones forgotten.
    timelines.delete(place);
    timelines.set(place, line);
    return line;
  }
  line = {
    room,
    thread,
    root: signal(null),
    kept: signal(false),
    items: signal([]),
    status: signal('new'),
    hasBefore: signal(false),
    hasAfter: signal(false),
    paging: signal(''),
    fresh: signal(null),
    below: signal(0),
    eye: 0,
    late: [],
    load: 0,
  };
  timelines.set(place, line);
  if (timelines.size > KEPT) timelines.delete(timelines.keys().next().value);
  return line;
}

/** Loads the end of a room, back to where reading ended if that is not too far; else the part around it. @param {Timeline} line */
export async function openTail(line) {
  if (line.thread) return load(line, `limit=${LARGEST}`);
  if (!line.items.value.length) showKept(line);
  if (stale.value) {
    // Where reading ended is known when the server has told.
    const mine = ++line.load;
    line.status.value = 'loading';
    await serverAsked();
    if (mine !== line.load) return;
  }
  const mine = roomOf(line.room)?.me;
  const unread = mine?.read_up_to ? mine.unread : 0;
  await load(line, `limit=${unread >= MANY ? LARGEST : Math.max(FIRST, unread + 20)}`);
  const oldest = line.items.value[0]?.id;
  if (unread >= MANY && line.hasBefore.value && oldest > mine.read_up_to) await openAround(line, mine.read_up_to);
}

/** @param {Timeline} line @param {number} message */
export const openAround = (line, message) => load(line, `around=${message}&limit=${FIRST}`);

/** Goes to the newest messages. @param {Timeline} line */
export const openPresent = (line) => load(line, `limit=${FIRST}`);

/** Loads the part around a time; the first message said then or later. @param {Timeline} line @param {number} at @returns {Promise<any>} */
export async function openAt(line, at) {
  await load(line, `at=${at}&limit=${FIRST}`);
  return line.items.value.find((message) => message.at >= at) ?? line.items.value.at(-1);
}

const pathOf = (line) => (line.thread ? `/rooms/${line.room}/threads/${line.thread}` : `/rooms/${line.room}/messages`);

async function load(line, query) {
  const mine = ++line.load;
  line.late = [];
  line.status.value = 'loading';
  try {
    // A page older than the snapshot could miss what was said between the two.
    if (stale.value) await serverAsked();
    const page = await api('GET', `${pathOf(line)}?${query}`);
    if (mine !== line.load) return false;
    batch(() => {
      addUsers(page.users);
      if (page.root) line.root.value = { ...page.root, key: page.root.id };
      if (page.me) putThread(page.me);
      const keys = new Map(line.items.value.map((message) => [message.id, message.key]));
      line.items.value = page.messages.map((message) => ({ ...message, key: keys.get(message.id) ?? message.id }));
      line.hasBefore.value = page.has_before;
      line.hasAfter.value = page.has_after;
      line.below.value = 0;
      line.kept.value = false;
      line.status.value = 'ready';
      for (const change of line.late.splice(0)) change();
    });
    return true;
  } catch (error) {
    if (mine === line.load) line.status.value = line.items.value.length ? 'ready' : 'error';
    if (mine === line.load && error.status === 404) line.status.value = 'error';
    return false;
  }
}

/** Shows what this browser kept of a room, until the server's is here. @param {Timeline} line */
async function showKept(line) {
  const tail = await keptTail(line.room);
  if (!tail?.items?.length || line.items.value.length || line.status.value === 'ready') return;
  batch(() => {
    addUsers(tail.users);
    line.items.value = tail.items;
    line.hasBefore.value = true;
    line.kept.value = true;
    if (line.status.value === 'error') line.status.value = 'ready';
  });
}

/** After the connection came back: what could not be loaded is asked for again. */
export function retry() {
  for (const line of timelines.values())
    if (line.status.value === 'error' || (line.kept.value && line.status.value === 'ready')) line.status.value = 'new';
}

/** Keeps the end of a room for the next visit. @param {Timeline} line */
export const remember = (line) => keepTail(line);

/** @param {Timeline} line @param {'before'|'after'} side */
export async function page(line, side) {
  const more = side === 'before' ? line.hasBefore : line.hasAfter;
  if (line.paging.value || !more.value || line.status.value !== 'ready' || !line.items.value.length) return;
  const mine = line.load;
  line.paging.value = side;
  const items = line.items.value;
  const edge = side === 'before' ? items[0].id : items.at(-1).id;
  try {
    const got = await api('GET', `${pathOf(line)}?${side}=${edge}&limit=${PAGE}`);
    if (mine !== line.load) return;
    batch(() => {
      addUsers(got.users);
      const known = new Set(line.items.value.map((message) => message.id));
      const fetched = got.messages.filter((message) => !known.has(message.id)).map((message) => ({ ...message, key: message.id }));
      if (side === 'before') {
        line.items.value = [...fetched, ...line.items.value].slice(0, MOST);
        line.hasBefore.value = got.has_before;
        if (fetched.length + known.size > MOST) line.hasAfter.value = true;
      } else {
        const all = [...line.items.value, ...fetched];
        line.items.value = all.slice(-MOST);
        line.hasAfter.value = got.has_after;
        if (all.length > MOST) line.hasBefore.value = true;
        if (!got.has_after) line.below.value = 0;
      }
    });
  } catch {
    // The next scroll asks again.
  } finally {
    line.paging.value = '';
  }
}

/** Runs a change now, or after the page that is being loaded, which may be older than the change. */
function when(place, change) {
  const line = timelines.get(place);
  if (!line || line.status.value === 'new' || line.status.value === 'error') return;
  if (line.status.value === 'loading') line.late.push(() => change(line));
  change(line);
}

/** Runs a change in the room and in the threads of it that are open. */
function everywhere(room, change) {
  for (const [place, line] of timelines) if (line.room === room) when(place, change);
}

/** @param {number} room @param {any} message @param {string} [nonce] the key it had while it was being sent */
export function add(room, message, nonce) {
  if (message.thread) answered(room, message);
  when(message.thread || room, (line) => {
    const items = line.items.value;
    const at = items.findIndex((item) => item.id === message.id);
    if (at >= 0) {
      line.items.value = items.with
        ? items.with(at, { ...message, key: items[at].key })
        : items.map((item, i) => (i === at ? { ...message, key: item.key } : item));
      return;
    }
    if (line.hasAfter.value) {
      if (message.kind === 'text') line.below.value++;
      return;
    }
    const entry = { ...message, key: nonce || message.id };
    // An `ok` may be here before the events of messages with smaller ids.
    let place = items.length;
    while (place > 0 && items[place - 1].id > message.id) place--;
    const all = [...items.slice(0, place), entry, ...items.slice(place)];
    if (all.length > MOST) line.hasBefore.value = true;
    line.items.value = all.slice(-MOST);
  });
}

/** The root of a thread counts a new answer, once: the later message has the larger id. */
function answered(room, { id, at, user, thread, deleted }) {
  everywhere(room, (line) => {
    const counted = (root) => ({
      ...root,
      thread_count: (root.thread_count ?? 0) + 1,
      thread_last: id,
      thread_at: at,
      thread_users: [user, ...(root.thread_users ?? []).filter((one) => one !== user)].slice(0, 5),
    });
    const isNews = (root) => root?.id === thread && !deleted && id > (root.thread_last ?? 0);
    if (line.items.value.some(isNews)) line.items.value = line.items.value.map((item) => (isNews(item) ? counted(item) : item));
    if (isNews(line.root.value)) line.root.value = counted(line.root.value);
  });
}

/** @param {number} room @param {any} message as it is now */
export function change(room, message) {
  everywhere(room, (line) => {
    if (line.root.value?.id === message.id) line.root.value = { ...message, key: message.id };
    line.items.value = line.items.value.map((item) => {
      if (item.id === message.id) return { ...message, key: item.key };
      if (item.reply_to?.id === message.id) return { ...item, reply_to: { ...item.reply_to, preview: previewOf(message) } };
      return item;
    });
  });
}

/** @param {number} room @param {number} id of a message @param {(message: any) => any} change gives the message as it is then, or the same */
export function amend(room, id, change) {
  everywhere(room, (line) => {
    if (line.root.value?.id === id) line.root.value = change(line.root.value);
    const at = line.items.value.findIndex((item) => item.id === id);
    const changed = at >= 0 && change(line.items.value[at]);
    if (changed && changed !== line.items.value[at]) line.items.value = line.items.value.map((item, index) => (index === at ? changed : item));
  });
}

const gone = (item) => ({ ...item, deleted: true, text: '', files: [], mentions: [], mention_room: false, reactions: [], pinned: false });

/** @param {number} room @param {number} upTo the last message that is removed because of its age */
export function expire(room, upTo) {
  everywhere(room, (line) => {
    if (line.root.value?.id <= upTo) line.root.value = gone(line.root.value);
    // What goes on below its root keeps the root, without its words.
    const left = line.items.value.filter((item) => !(item.id <= upTo) || item.thread_count > 0);
    if (left.length < line.items.value.length)
      line.items.value = left.map((item) => (item.id <= upTo ? gone(item) : item.reply_to?.id <= upTo ? { ...item, reply_to: null } : item));
  });
}

/** @param {number} room @param {number} id the message that is deleted */
export function remove(room, id) {
  everywhere(room, (line) => {
    if (line.root.value?.id === id) line.root.value = gone(line.root.value);
    line.items.value = line.items.value.map((item) => {
      if (item.id === id) return gone(item);
      if (item.reply_to?.id === id) return { ...item, reply_to: { ...item.reply_to, preview: '' } };
      return item;
    });
  });
}

/** What is known of a room is no longer true: load it again when it is looked at. @param {number} room */
export function reload(room) {
  for (const line of timelines.values()) {
    if (line.room !== room) continue;
    line.load++;
    line.items.value = [];
    line.status.value = 'new';
  }
}

/** @param {number} room */
export function drop(room) {
  for (const [place, line] of timelines) if (line.room === room) timelines.delete(place);
}

/** After a gap in the events nothing kept is certain. @param {number[]} [open] the room and the thread on the screen, which stay until their new tails are here */
export function resync(open = []) {
  for (const [place, line] of timelines) {
    if (!open.includes(place)) timelines.delete(place);
    else if (line.status.value !== 'new') line.eye ? openAround(line, line.eye) : openPresent(line);
  }
}

/** Forgets all, on signing out. */
export function forgetAll() {
  timelines.clear();
}
