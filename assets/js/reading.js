// Read marks and what was received: what was seen, told to the server; and the title and icon that say what still waits.
import { batch, effect, signal } from './view.js';
import { api } from './api.js';
import { request, tell } from './socket.js';
import { attention, changeMe, me, roomOf, rooms } from './state.js';
import { takesPart } from './receipts.js';
import { timelineOf } from './timeline.js';

/** Room → the mark that the server does not have yet. */
const waiting = new Map();
/** Rooms in which something was marked as unread: they are not read by being looked at until they are left. */
const held = new Set();

/** True while the person can be seeing the page. */
export const watching = signal(document.visibilityState === 'visible' && document.hasFocus());
const look = () => (watching.value = document.visibilityState === 'visible' && document.hasFocus());
for (const name of ['focus', 'blur']) addEventListener(name, look);
document.addEventListener('visibilitychange', look);

/** What was seen is read. @param {number} id room @param {number} upTo message */
export function markRead(id, upTo) {
  const room = roomOf(id);
  if (!room?.me || upTo <= room.me.read_up_to || held.has(id)) return;
  const line = timelineOf(id);
  const known = !line.hasAfter.value && line.status.value === 'ready';
  const left = known ? line.items.value.filter((m) => m.id > upTo && m.kind === 'text' && !m.deleted && !m.thread && m.user !== me.value.id) : null;
  const calls = left?.filter((m) => m.mention_room || m.mentions.includes(me.value.id)).length;
  // A guess until the server says it.
  changeMe(id, left ? { read_up_to: upTo, unread: Math.min(100, left.length), mentions: Math.min(100, calls) } : { read_up_to: upTo });
  waiting.set(id, upTo);
  flushReads();
}

/** Marks a room read to its newest message. @param {number} id */
export function markAllRead(id) {
  const room = roomOf(id);
  held.delete(id);
  const upTo = Math.max(room?.last_message?.id ?? 0, timelineOf(id).items.value.at(-1)?.id ?? 0);
  if (!room?.me || !upTo) return;
  changeMe(id, { unread: 0, mentions: 0 });
  if (upTo <= room.me.read_up_to) return;
  changeMe(id, { read_up_to: upTo });
  waiting.set(id, upTo);
  flushReads();
}

/** Marks every room and followed thread read. */
export async function markEverythingRead() {
  await api('POST', '/me/read', {});
  held.clear();
  batch(() => {
    for (const room of rooms.value.values()) if (room.me?.unread) changeMe(room.id, { unread: 0, mentions: 0 });
  });
}

/** Marks as unread from a message on. @param {any} message */
export async function markUnread(message) {
  const { room: id } = message;
  held.add(id);
  waiting.delete(id);
  try {
    await api('POST', `/rooms/${id}/unread`, { from: message.id });
  } catch (error) {
    held.delete(id);
    throw error;
  }
  timelineOf(id).fresh.value = { after: message.id - 1, at: message.at };
}

/** A room was left: the next look at it reads again. @param {number} id */
export const release = (id) => held.delete(id);

/** One's own side of a room as the server has it. @param {number} id @param {any} mine */
export function follow(id, mine) {
  const known = roomOf(id)?.me;
  // An answer may be newer than an event that was on its way.
  if (!known || (mine.counted_to ?? 0) < (known.counted_to ?? 0)) return;
  const asked = waiting.get(id) ?? 0;
  if (mine.read_up_to < asked) {
    const { read_up_to, unread, mentions } = known;
    return changeMe(id, { ...mine, read_up_to, unread, mentions });
  }
  if (mine.read_up_to < known.read_up_to) {
    // Marked as unread, here or on another device: looking alone shall not undo it.
    held.add(id);
    const line = timelineOf(id);
    const first = line.items.value.find((message) => message.id > mine.read_up_to && message.user !== me.value.id);
    if (first) line.fresh.value = { after: mine.read_up_to, at: first.at };
  }
  changeMe(id, mine);
}

/** Tells the server; what cannot be told now waits for the connection. */
export function flushReads() {
  for (const [room, upTo] of waiting)
    request({ type: 'read', room, up_to: upTo })
      .catch((error) =>
        error.code === 'offline' ? Promise.reject(error) : api('POST', `/rooms/${room}/read`, { up_to: upTo }).catch(() => {}),
      )
      .then(
        () => waiting.get(room) === upTo && waiting.delete(room),
        () => {},
      );
}

const QUIET = 500;
const LONGEST = 5_000;
let received = 0;
let receivedTimer = 0;
let receivedSince = 0;
/** Everything up to a cursor is here: told after a quiet moment, never per event. @param {number} cursor */
export function noteReceived(cursor) {
  if (!takesPart()) return;
  received = cursor;
  receivedSince ||= Date.now();
  clearTimeout(receivedTimer);
  receivedTimer = setTimeout(
    () => {
      receivedSince = 0;
      tell({ type: 'received', cursor: received });
    },
    Math.min(QUIET, Math.max(0, receivedSince + LONGEST - Date.now())),
  );
}

/** What the title says behind the count. */
export const pageTitle = signal('Snug');

effect(() => {
  const { calls, rooms: unread } = attention.value;
  const count = rooms.value.size ? calls || unread : 0;
  document.title = (count ? `(${count > 99 ? '99+' : count}) ` : '') + pageTitle.value;
  const icon = document.getElementById('icon');
  const name = calls ? 'favicon-ember' : unread ? 'favicon-unread' : 'favicon';
  const address = new URL(`../icons/${name}.svg`, import.meta.url).href;
  if (icon && icon.href !== address) icon.href = address;
  if (navigator.setAppBadge) (count ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => {});
});
