// For each room a window of its messages: paging both ways, at most 300, changed by events.
import { batch, signal } from './view.js';
import { api } from './api.js';
import { addUsers, previewOf, roomOf } from './state.js';

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
 * @property {{value: any[]}} items messages, oldest first; each with `key`, stable from sending on
 * @property {{value: 'new'|'loading'|'ready'|'error'}} status
 * @property {{value: boolean}} hasBefore
 * @property {{value: boolean}} hasAfter
 * @property {{value: ''|'before'|'after'}} paging
 * @property {{value: {after: number, at: number}|null}} fresh where the line "new since" stands
 * @property {{value: number}} below messages that came while the window is elsewhere
 * @property {number} eye the message being read when that is not the newest, else 0
 * @property {(() => void)[]} late changes that came while loading
 */

/** @type {Map<number, Timeline>} */
const timelines = new Map();

/** @param {number} room @returns {Timeline} */
export function timelineOf(room) {
  let line = timelines.get(room);
  if (line) {
    // Order of use, so that the rooms not looked at for longest are the ones forgotten.
    timelines.delete(room);
    timelines.set(room, line);
    return line;
  }
  line = {
    room,
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
  timelines.set(room, line);
  if (timelines.size > KEPT) timelines.delete(timelines.keys().next().value);
  return line;
}

/** Loads the end of a room, back to where reading ended if that is not too far; else the part around it. @param {Timeline} line */
export async function openTail(line) {
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

async function load(line, query) {
  const mine = ++line.load;
  line.late = [];
  line.status.value = 'loading';
  try {
    const page = await api('GET', `/rooms/${line.room}/messages?${query}`);
    if (mine !== line.load) return false;
    batch(() => {
      addUsers(page.users);
      const keys = new Map(line.items.value.map((message) => [message.id, message.key]));
      line.items.value = page.messages.map((message) => ({ ...message, key: keys.get(message.id) ?? message.id }));
      line.hasBefore.value = page.has_before;
      line.hasAfter.value = page.has_after;
      line.below.value = 0;
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

/** @param {Timeline} line @param {'before'|'after'} side */
export async function page(line, side) {
  const more = side === 'before' ? line.hasBefore : line.hasAfter;
  if (line.paging.value || !more.value || line.status.value !== 'ready' || !line.items.value.length) return;
  const mine = line.load;
  line.paging.value = side;
  const items = line.items.value;
  const edge = side === 'before' ? items[0].id : items.at(-1).id;
  try {
    const got = await api('GET', `/rooms/${line.room}/messages?${side}=${edge}&limit=${PAGE}`);
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
function when(room, change) {
  const line = timelines.get(room);
  if (!line || line.status.value === 'new' || line.status.value === 'error') return;
  if (line.status.value === 'loading') line.late.push(() => change(line));
  change(line);
}

/** @param {number} room @param {any} message @param {string} [nonce] the key it had while it was being sent */
export function add(room, message, nonce) {
  when(room, (line) => {
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

/** @param {number} room @param {any} message as it is now */
export function change(room, message) {
  when(room, (line) => {
    line.items.value = line.items.value.map((item) => {
      if (item.id === message.id) return { ...message, key: item.key };
      if (item.reply_to?.id === message.id) return { ...item, reply_to: { ...item.reply_to, preview: previewOf(message) } };
      return item;
    });
  });
}

/** @param {number} room @param {number} id the message that is deleted */
export function remove(room, id) {
  when(room, (line) => {
    line.items.value = line.items.value.map((item) => {
      if (item.id === id) return { ...item, deleted: true, text: '', mentions: [], mention_room: false };
      if (item.reply_to?.id === id) return { ...item, reply_to: { ...item.reply_to, preview: '' } };
      return item;
    });
  });
}

/** What is known of a room is no longer true: load it again when it is looked at. @param {number} room */
export function reload(room) {
  const line = timelines.get(room);
  if (!line) return;
  line.load++;
  line.items.value = [];
  line.status.value = 'new';
}

/** @param {number} room */
export function drop(room) {
  timelines.delete(room);
}

/** After a gap in the events nothing kept is certain. @param {number} [open] the room on the screen, which stays until its new tail is here */
export function resync(open) {
  for (const [room, line] of timelines) {
    if (room !== open) timelines.delete(room);
    else if (line.status.value !== 'new') line.eye ? openAround(line, line.eye) : openPresent(line);
  }
}

/** Forgets all, on signing out. */
export function forgetAll() {
  timelines.clear();
}
