// What people do with a message that is there: reactions, pins, and what one keeps; shown at once, taken back when refused.
import { api } from './api.js';
import { me, saved, setSaved } from './state.js';
import { amend } from './timeline.js';
import { countEmoji } from './emoji.js';
import { attempt } from './actions.js';

/**
 * A message with or without somebody's emoji.
 * @param {string} emoji @param {number} user @param {boolean} there
 * @returns {(message: any) => any}
 */
export const withReaction = (emoji, user, there) => (message) => {
  const all = message.reactions ?? [];
  const one = all.find((reaction) => reaction.emoji === emoji);
  if (Boolean(one?.users.includes(user)) === there) return message;
  const users = there ? [...(one?.users ?? []), user] : one.users.filter((id) => id !== user);
  const changed = { emoji, count: users.length, users };
  const reactions = one ? all.map((reaction) => (reaction === one ? changed : reaction)) : [...all, changed];
  return { ...message, reactions: reactions.filter((reaction) => reaction.users.length) };
};

/** @param {any} message @param {string} emoji @returns {boolean} whether it is one's own */
export const hasReacted = (message, emoji) =>
  Boolean(message.reactions?.some((reaction) => reaction.emoji === emoji && reaction.users.includes(me.value.id)));

/** Gives an emoji, or takes it away again. @param {any} message @param {string} emoji */
export async function toggleReaction(message, emoji) {
  const there = !hasReacted(message, emoji);
  const { room, id } = message;
  const mine = me.value.id;
  amend(room, id, withReaction(emoji, mine, there));
  if (there) countEmoji(emoji);
  const done = await attempt(async () => {
    await api(there ? 'PUT' : 'DELETE', `/rooms/${room}/messages/${id}/reactions/${encodeURIComponent(emoji)}`);
    return true;
  });
  if (!done) amend(room, id, withReaction(emoji, mine, !there));
}

/** Pins a message, or takes the pin away. @param {any} message */
export async function togglePin(message) {
  const { room, id, pinned } = message;
  const show = (there) => amend(room, id, (one) => ({ ...one, pinned: there }));
  show(!pinned);
  const done = await attempt(async () => {
    await api(pinned ? 'DELETE' : 'PUT', `/rooms/${room}/pins/${id}`);
    return true;
  });
  if (!done) show(pinned);
}

/** Keeps a message for later, or lets go of it. @param {{id: number, room: number}} message @returns {Promise<boolean>} whether it went well */
export async function toggleSaved({ room, id }) {
  const there = !saved.value.has(id);
  setSaved(id, there);
  const done = await attempt(async () => {
    await api(there ? 'PUT' : 'DELETE', `/rooms/${room}/messages/${id}/saved`);
    return true;
  });
  if (!done) setSaved(id, !there);
  return Boolean(done);
}
