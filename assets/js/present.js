// Done with a room: all of it is read, and the newest message is where the eye is.
import { markAllRead } from './reading.js';
import { openPresent, timelineOf } from './timeline.js';

/** @param {number} room the room that is open */
export async function toPresent(room) {
  markAllRead(room);
  const line = timelineOf(room);
  line.fresh.value = null;
  if (line.hasAfter.value) await openPresent(line);
  const list = document.getElementById('messages');
  if (list) list.scrollTop = list.scrollHeight;
}
