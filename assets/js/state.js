// What is known of people and rooms: filled by the snapshot, kept true by events.
import { batch, computed, signal } from './view.js';
import { api } from './api.js';
import { names as listNames } from './time.js';
import { t } from './i18n.js';

/** @typedef {{id: number, username: string, name: string, avatar: string|null, role: string, status: {emoji: string, text: string, expires_at: number|null}|null, about: string|null, time_zone: string|null, active: boolean}} User */
/** @typedef {{id: number, kind: string, name: string|null, topic: string|null, description: string|null, rules: {post: string, pin: string, call: string}, archived: boolean, member_count: number, users: number[]|null, last_message: any, me: any}} Room */

/** @type {{value: any}} what GET /server says */
export const server = signal(null);
/** @type {{value: User|null}} */
export const me = signal(null);
/** @type {{value: Map<number, User>}} */
export const users = signal(new Map());
/** @type {{value: Map<number, Room>}} the rooms one is a member of */
export const rooms = signal(new Map());
/** @type {{value: Map<number, 'active'|'away'>}} who is not named is offline */
export const presence = signal(new Map());
/** @type {{value: Map<number, Map<number, number>>}} room → user → until when */
export const typing = signal(new Map());
/** @type {{value: Map<number, {user: User, role: string}[]>}} members of the rooms where they were asked for */
export const members = signal(new Map());
/** @type {{value: Set<number>}} messages that one keeps for later */
export const saved = signal(new Set());
/** Oneself, for what need not be drawn again with each change of one's name or settings. */
export const myId = computed(() => me.value?.id ?? 0);
/** False until the first snapshot is here. */
export const ready = signal(false);

/** As long as the server makes them. */
const PREVIEW = 140;
const replaced = (map, key, value) => new Map(map).set(key, value);

/** @param {number} id @returns {Room|undefined} */
export const roomOf = (id) => rooms.value.get(id);

/** @param {number} id @returns {User} a stand-in for somebody not known yet, who is asked for */
export function userOf(id) {
  const known = users.value.get(id);
  if (known) return known;
  askFor(id);
  return { id, username: '', name: t('user.unknown'), avatar: null, role: 'member', status: null, about: null, time_zone: null, active: true };
}

const missing = new Set();
const asked = new Set();
let asking = 0;
function askFor(id) {
  if (!id || asked.has(id)) return;
  asked.add(id);
  missing.add(id);
  asking ||= setTimeout(async () => {
    asking = 0;
    const ids = [...missing].slice(0, 100);
    ids.forEach((one) => missing.delete(one));
    const answer = await api('GET', `/users?ids=${ids.join(',')}&limit=200`).catch(() => null);
    if (answer) addUsers(answer.users);
    else ids.forEach((one) => asked.delete(one));
  }, 30);
}

/** @param {User[]} list */
export function addUsers(list) {
  if (!list?.length) return;
  const map = new Map(users.value);
  for (const user of list) map.set(user.id, user);
  users.value = map;
  // What everybody hears of one does not hold one's settings.
  const self = me.value && map.get(me.value.id);
  if (self && self !== me.value) me.value = { ...me.value, ...self };
}

/** Takes a snapshot in. @param {any} sync the answer of GET /sync */
export function fill(sync) {
  batch(() => {
    me.value = sync.me;
    server.value = { ...server.value, ...sync.server };
    addUsers([...sync.users, sync.me]);
    rooms.value = new Map(sync.rooms.map((room) => [room.id, room]));
    members.value = new Map();
    saved.value = new Set(sync.saved);
    ready.value = true;
  });
}

/** Forgets everything, on signing out. */
export function clear() {
  batch(() => {
    ready.value = false;
    me.value = null;
    for (const map of [users, rooms, presence, typing, members]) map.value = new Map();
    saved.value = new Set();
    asked.clear();
  });
}

/** @param {number} message @param {boolean} there */
export function setSaved(message, there) {
  if (saved.value.has(message) === there) return;
  const set = new Set(saved.value);
  there ? set.add(message) : set.delete(message);
  saved.value = set;
}

/** @param {Room} room */
export function putRoom(room) {
  rooms.value = replaced(rooms.value, room.id, room);
}

/** @param {number} id */
export function dropRoom(id) {
  const map = new Map(rooms.value);
  map.delete(id);
  rooms.value = map;
}

/** Changes one's own side of a room. @param {number} id @param {object} change */
export function changeMe(id, change) {
  const room = roomOf(id);
  if (room?.me) putRoom({ ...room, me: { ...room.me, ...change } });
}

/** @param {number} room @returns {Promise<{user: User, role: string}[]>} fetched once, then kept true by events */
export async function loadMembers(room) {
  if (members.value.has(room)) return members.value.get(room);
  const all = [];
  let cursor = '';
  do {
    const page = await api('GET', `/rooms/${room}/members?limit=200${cursor}`);
    all.push(...page.members);
    cursor = page.next ? `&cursor=${page.next}` : '';
  } while (cursor && all.length < 2000);
  batch(() => {
    addUsers(all.map((member) => member.user));
    members.value = replaced(members.value, room, all);
  });
  return all;
}

/** @param {Room} room @returns {User[]} the others of a direct */
export const othersOf = (room) => {
  const others = room.users.filter((id) => id !== me.value?.id);
  return (others.length ? others : room.users).map(userOf);
};

/** @param {Room} room @returns {string} */
export function titleOf(room) {
  if (room.kind !== 'direct') return room.name;
  const others = othersOf(room);
  return others.length === 1 ? others[0].name : listNames(others.map((user) => user.name.split(' ')[0]));
}

/** @param {Room} room @returns {boolean} whether one may write there */
export const mayPost = (room) => !room.archived && allows(room, 'post');

/** Whether a room leaves something to everybody, or one is among its admins. @param {Room} room @param {'post'|'pin'|'call'} rule @returns {boolean} */
export const allows = (room, rule) => room.rules?.[rule] !== 'admins' || room.me?.role === 'admin';

/** @param {number} user @returns {'active'|'away'|'offline'} */
export const presenceOf = (user) => presence.value.get(user) ?? 'offline';

/** Rooms by name, the starred first; those that are put away are listed elsewhere. */
export const roomList = computed(() =>
  [...rooms.value.values()]
    .filter((room) => room.kind !== 'direct' && !room.archived)
    .sort((a, b) => Number(b.me?.starred ?? 0) - Number(a.me?.starred ?? 0) || a.name.localeCompare(b.name)),
);

/** Directs, the starred and then the last active first. */
export const directList = computed(() =>
  [...rooms.value.values()]
    .filter((room) => room.kind === 'direct')
    .sort(
      (a, b) =>
        Number(b.me?.starred ?? 0) - Number(a.me?.starred ?? 0) || (b.last_message?.at ?? b.created_at) - (a.last_message?.at ?? a.created_at),
    ),
);

/** @param {Room} room @returns {number} what deserves the ember count: mentions, and everything of a direct */
export function callsOf(room) {
  if (!room.me) return 0;
  if (room.me.notify === 'none') return room.me.mentions;
  return room.kind === 'direct' ? room.me.unread : room.me.mentions;
}

/** How often one is called in all rooms together. */
export const mentionCount = computed(() => [...rooms.value.values()].reduce((sum, room) => sum + (room.me?.mentions ?? 0), 0));

/** @param {Room} room @returns {boolean} */
export const isUnread = (room) => Boolean(room.me && (callsOf(room) || (room.me.unread && room.me.notify !== 'none')));

/** @type {{value: {rooms: number, calls: number}}} what title and icon tell */
export const attention = computed(() => {
  let unread = 0;
  let calls = 0;
  for (const room of rooms.value.values()) {
    if (isUnread(room)) unread++;
    calls += callsOf(room);
  }
  return { rooms: unread, calls };
});

/** @param {number} room @param {number} user @param {boolean} now */
export function setTyping(room, user, now) {
  const inRoom = new Map(typing.value.get(room));
  if (now) inRoom.set(user, Date.now() + 6000);
  else if (!inRoom.delete(user)) return;
  typing.value = replaced(typing.value, room, inRoom);
}

setInterval(() => {
  for (const [room, who] of typing.value) for (const [user, until] of who) if (until < Date.now()) setTyping(room, user, false);
}, 1000);

/** @param {number} room @returns {number[]} who is writing there, without oneself */
export const typists = (room) => [...(typing.value.get(room)?.keys() ?? [])].filter((user) => user !== me.value?.id);

/** @param {any} message @returns {string} one line of it, for lists and quotes */
export function previewOf(message) {
  const words = message.text || (message.files ?? []).map(({ name }) => name).join(', ');
  const text = words.replace(/\s+/g, ' ').trim();
  return text.length > PREVIEW ? `${text.slice(0, PREVIEW).trimEnd()}…` : text;
}
