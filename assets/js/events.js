// Durable events, each turned into the change it makes to the state.
import { batch, signal } from './view.js';
import { api } from './api.js';
import * as state from './state.js';
import * as timeline from './timeline.js';
import * as outbox from './outbox.js';
import * as drafts from './drafts.js';
import { follow } from './reading.js';
import { heard } from './heard.js';
import * as receipts from './receipts.js';
import { announceMessage } from './announce.js';
import * as threads from './threads.js';
import { withReaction } from './marks.js';
import { forgetPins, pinAdded, pinChanged, pinRemoved, pins, refreshPins } from './pins.js';
import { forgetRoom } from './cache.js';

/** @type {Record<string, (data: any, room: number, cursor: number) => void>} */
const changes = {
  'message.created'(message, id, cursor) {
    const room = state.roomOf(id);
    const own = message.user === state.me.value.id;
    if (own && message.nonce) outbox.settle(message.nonce);
    timeline.add(id, message, own && message.nonce);
    state.setTyping(id, message.user, false);
    if (message.thread) threads.countAnswer(message, state.me.value.id);
    if (!room?.me) return;
    const last = { id: message.id, at: message.at, user: message.user, preview: state.previewOf(message) };
    // What a snapshot or an answer has counted already is not counted again; a replay shows what was deleted since as that.
    const counts =
      !own && message.kind === 'text' && !message.deleted && !message.thread && message.id > room.me.read_up_to && isNew(room, cursor);
    if (counts) touched.set(id, cursor);
    const called = counts && (message.mention_room || message.mentions.includes(state.me.value.id));
    const up = (count) => Math.min(100, count + 1);
    state.putRoom({
      ...room,
      last_message: message.kind === 'text' && !message.thread ? last : room.last_message,
      me: {
        ...room.me,
        unread: counts ? up(room.me.unread) : room.me.unread,
        mentions: called ? up(room.me.mentions) : room.me.mentions,
      },
    });
    if (!own) {
      if (!message.thread) announceMessage(message);
      heard(message, state.roomOf(id));
    }
  },
  'message.updated'(message, id, cursor) {
    timeline.change(id, message);
    threads.askThread(id, message.thread || message.id);
    pinChanged(id, message);
    const room = state.roomOf(id);
    if (room?.last_message?.id === message.id)
      state.putRoom({ ...room, last_message: { ...room.last_message, preview: state.previewOf(message) } });
    if (message.edited_at && message.user !== state.me.value.id) unsure(room, message.id, cursor);
  },
  'message.deleted'({ id: message }, id, cursor) {
    timeline.remove(id, message);
    state.setSaved(message, false);
    const room = state.roomOf(id);
    if (room?.last_message?.id === message) askAgain(id);
    unsure(room, message, cursor);
  },
  'messages.expired'({ up_to: upTo }, id) {
    timeline.expire(id, upTo);
    if (pins.value.get(id)?.some((one) => one.id <= upTo)) refreshPins(id);
    askAgain(id);
  },
  'reaction.added'({ message, emoji, user }, id) {
    timeline.amend(id, message, withReaction(emoji, user, true));
  },
  'reaction.removed'({ message, emoji, user }, id) {
    timeline.amend(id, message, withReaction(emoji, user, false));
  },
  'pin.added'({ message }, id) {
    pinAdded(id, message);
  },
  'pin.removed'({ message }, id) {
    pinRemoved(id, message);
  },
  'room.created'(room) {
    if (!room.me) return;
    timeline.reload(room.id);
    forgetPins(room.id);
    state.putRoom(room);
    forgetMembers(room.id);
  },
  'room.updated'(room) {
    const known = state.roomOf(room.id);
    if (!known) return;
    state.putRoom({ ...known, ...room, me: room.me ?? known.me, last_message: room.last_message ?? known.last_message });
  },
  'room.deleted'({ id }) {
    drafts.leaveRoom(id);
    threads.dropThreads(id);
    forgetRoom(id);
    state.dropRoom(id);
    timeline.drop(id);
    forgetPins(id);
  },
  'member.joined'({ user, role }, id) {
    state.addUsers([user]);
    const list = state.members.value.get(id);
    if (list && !list.some((member) => member.user.id === user.id)) setMembers(id, [...list, { user, role, joined_at: Date.now() }]);
    changeCount(id, 1, user.id);
  },
  'member.left'({ user }, id) {
    if (user === state.me.value.id) {
      drafts.leaveRoom(id);
      threads.dropThreads(id);
    forgetRoom(id);
      state.dropRoom(id);
      timeline.drop(id);
    forgetPins(id);
      forgetMembers(id);
      return;
    }
    const list = state.members.value.get(id);
    if (list)
      setMembers(
        id,
        list.filter((member) => member.user.id !== user),
      );
    state.setTyping(id, user, false);
    changeCount(id, -1, user);
  },
  'member.updated'({ user, role }, id) {
    const list = state.members.value.get(id);
    if (list)
      setMembers(
        id,
        list.map((member) => (member.user.id === user ? { ...member, role } : member)),
      );
    if (user === state.me.value.id) state.changeMe(id, { role });
  },
  'user.updated'(user) {
    state.addUsers([user]);
    const lists = new Map(state.members.value);
    for (const [id, list] of lists)
      if (list.some((member) => member.user.id === user.id))
        lists.set(
          id,
          list.map((member) => (member.user.id === user.id ? { ...member, user } : member)),
        );
    state.members.value = lists;
  },
  'me.updated'({ room, settings, draft, thread, saved }) {
    if (thread) threads.putThread(thread);
    if (saved) state.setSaved(saved.message, saved.saved);
    if (room) follow(room.id, room.me);
    if (settings) state.me.value = { ...state.me.value, settings };
    if (draft) drafts.follow(draft);
  },
  'receipt.read'(data, id) {
    receipts.moved(id, data);
  },
  'receipt.delivered'(data, id) {
    receipts.moved(id, data);
  },
};

/** What was taken in last, for parts of the page that come later. */
export const happened = signal(null);

/** @param {{event: string, room: number, data: any, cursor: number}} frame */
export function apply(frame) {
  const change = changes[frame.event];
  if (change) batch(() => change(frame.data, frame.room, frame.cursor));
  happened.value = frame;
}

function setMembers(id, list) {
  state.members.value = new Map(state.members.value).set(id, list);
}

function forgetMembers(id) {
  const map = new Map(state.members.value);
  map.delete(id);
  state.members.value = map;
}

function changeCount(id, by, user) {
  const room = state.roomOf(id);
  // One's own arrival is already counted in the room that came with it.
  if (room && user !== state.me.value.id) state.putRoom({ ...room, member_count: Math.max(1, room.member_count + by) });
}

/** Whether the counts of a room do not hold what happened at this cursor. */
const isNew = (room, cursor) => cursor > (room.me.counted_to ?? 0);

/** What an edit or a deletion did to the counts cannot be told from it alone. */
function unsure(room, message, cursor) {
  if (!room?.me || message <= room.me.read_up_to || !isNew(room, cursor)) return;
  touched.set(room.id, cursor);
  askAgain(room.id);
}

/** Room → the cursor of the last event that an answer must hold. */
const touched = new Map();
const asking = new Map();
/** Asks for the room again, once for a burst. */
function askAgain(id) {
  clearTimeout(asking.get(id));
  asking.set(
    id,
    setTimeout(async () => {
      asking.delete(id);
      const room = await api('GET', `/rooms/${id}`).catch(() => null);
      const known = state.roomOf(id);
      if (!room?.me || !known) return;
      // Counted before what came meanwhile: ask once more.
      if (room.me.counted_to < Math.max(touched.get(id) ?? 0, known.me.counted_to ?? 0)) return askAgain(id);
      touched.delete(id);
      state.putRoom({ ...room, me: known.me });
      follow(id, room.me);
    }, 200),
  );
}
