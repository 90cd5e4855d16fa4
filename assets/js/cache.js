// What this browser keeps for the first look: the last snapshot, and the newest messages of each room.
import { effect, signal } from './view.js';
import * as database from './database.js';
import * as state from './state.js';
import { threads } from './threads.js';

/** Messages kept of a room, and people kept beside the rooms. */
const TAIL = 100;
const PEOPLE = 1000;
const PAUSE = 1000;

/** True while rooms and people are shown as they were kept, and the server has not told how they are now. */
export const stale = signal(false);

let answer = Promise.resolve();
/** Resolves when the server was asked for the first time, whatever it said. */
export const answered = () => answer;

/** Begins a visit with what is kept; the function says that the server was asked. @returns {() => void} */
export function beginStale() {
  let done;
  answer = new Promise((resolve) => (done = resolve));
  stale.value = true;
  return done;
}

/** @returns {Promise<any>} as GET /sync gave it, as far as it is kept */
export const keptSnapshot = () => database.get('meta', 'snapshot');

/** @param {number} room @returns {Promise<{items: any[], users: any[]}|undefined>} */
export const keptTail = (room) => database.get('tail', room);

/** What is no longer ours is not kept. @param {number} room */
export function forgetRoom(room) {
  kept.delete(room);
  database.remove('tail', room);
}

/** Forgets what was said, not what was written here, as after the end of a session. */
export async function forgetTalk() {
  kept.clear();
  await Promise.all([database.clear('tail'), database.remove('meta', 'snapshot')]);
}

const kept = new Map();
const pausing = new Map();
/** Keeps the end of a room, a moment after it changed. @param {any} line its timeline */
export function keepTail(line) {
  if (line.thread || pausing.has(line.room)) return;
  const keep = () => {
    pausing.delete(line.room);
    const items = line.items.value;
    const whole = line.status.value === 'ready' && !line.kept.value && !line.hasAfter.value;
    if (!whole || stale.value || !state.rooms.value.has(line.room) || kept.get(line.room) === items) return;
    kept.set(line.room, items);
    const tail = items.slice(-TAIL);
    const people = new Set(tail.flatMap((one) => [one.user, one.reply_to?.user, ...one.mentions, ...(one.thread_users ?? [])]));
    const users = [...people].map((id) => state.users.value.get(id)).filter(Boolean);
    database.put('tail', line.room, { items: tail, users });
  };
  pausing.set(line.room, setTimeout(keep, PAUSE));
}

let pause = 0;
function keepSnapshot() {
  clearTimeout(pause);
  pause = 0;
  if (!state.ready.value || stale.value || !state.me.value) return;
  const users = [...state.users.value.values()].slice(-PEOPLE);
  const { rooms, me, server } = state;
  database.put('meta', 'snapshot', {
    me: me.value,
    server: server.value,
    rooms: [...rooms.value.values()],
    users,
    threads: [...threads.value.values()],
  });
}

effect(() => {
  const known = [state.ready, stale, state.me, state.rooms, state.users, state.server, threads].map((one) => one.value);
  if (known[0] && !known[1]) pause ||= setTimeout(keepSnapshot, 2 * PAUSE);
});
addEventListener('pagehide', () => pause && keepSnapshot());
