// Read marks, the title and the icon of the tab: what was seen, and what still waits.
import { effect, signal } from './view.js';
import { api } from './api.js';
import { request } from './socket.js';
import { attention, changeMe, me, roomOf, rooms } from './state.js';
import { timelineOf } from './timeline.js';

const waiting = new Map();

/** True while the person can be seeing the page. */
export const watching = signal(document.visibilityState === 'visible' && document.hasFocus());
const look = () => (watching.value = document.visibilityState === 'visible' && document.hasFocus());
for (const name of ['focus', 'blur']) addEventListener(name, look);
document.addEventListener('visibilitychange', look);

/** @param {number} id room @param {number} upTo message */
export function markRead(id, upTo) {
  const room = roomOf(id);
  if (!room?.me || upTo <= room.me.read_up_to) return;
  const line = timelineOf(id);
  const known = !line.hasAfter.value && line.status.value === 'ready';
  const left = known ? line.items.value.filter((m) => m.id > upTo && m.kind === 'text' && !m.deleted && m.user !== me.value.id) : null;
  const calls = left?.filter((m) => m.mention_room || m.mentions.includes(me.value.id)).length;
  changeMe(id, left ? { read_up_to: upTo, unread: left.length, mentions: calls } : { read_up_to: upTo });
  waiting.set(id, upTo);
  flushReads();
}

/** Marks a room read to its newest message. @param {number} id */
export function markAllRead(id) {
  const room = roomOf(id);
  const upTo = Math.max(room?.last_message?.id ?? 0, timelineOf(id).items.value.at(-1)?.id ?? 0);
  if (!room?.me || !upTo) return;
  changeMe(id, { unread: 0, mentions: 0 });
  if (upTo <= room.me.read_up_to) return;
  changeMe(id, { read_up_to: upTo });
  waiting.set(id, upTo);
  flushReads();
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
