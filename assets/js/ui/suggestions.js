// What may be suggested in the composer: people, rooms and emoji that fit what was typed.
import { html } from '../view.js';
import * as state from '../state.js';
import { fold } from '../fold.js';
import { near } from '../near.js';
import { countEmoji } from '../emoji.js';
import { emojiSearch, loadEmoji, toned } from '../emojilist.js';
import { mayCall } from '../callask.js';
import { t } from '../i18n.js';
import { Avatar, Icon, RoomSign } from './basics.js';

const MOST = 6;
/** Letters that a guess needs. */
const GUESSED = 4;

/** @typedef {{key: string, words: string, name: string, sub?: string, sign: any, taken?: () => void}} Option `words` is what is written */

/** @returns {Promise<Option[]>} members of the room, and everyone */
async function people(typed, room) {
  const query = fold(typed);
  const list = room.kind === 'direct' ? state.othersOf(room) : (await state.loadMembers(room.id)).map((member) => member.user);
  const others = list.filter((user) => user.id !== state.me.value.id && user.active).sort((a, b) => a.name.localeCompare(b.name));
  const groups = ['room', 'here']
    .filter((name) => mayCall(room) && query && name.startsWith(query))
    .map((name) => option(`@${name}`, t(`suggest.${name}`, { n: room.member_count }), html`<span class="av av-28 tile h2" aria-hidden="true"><${Icon} name="users" size="s" /></span>`, `@${name}`));
  const all = meant(typed, others, (user) => [user.username, user.name], groups.length > 0)
    .map((user) => option(`@${user.username}`, user.name, html`<${Avatar} user=${user} size="av-28" dot=${true} />`, `@${user.username}`));
  return [...all, ...groups];
}

/** @returns {Option[]} rooms that one is in */
function rooms(typed) {
  const open = state.roomList.value.filter((room) => !room.archived);
  // A blank may be the end of the name: what follows is no part of a guess.
  return meant(typed, open, (room) => [room.name], typed.includes(' ')).map((room) => option(`#${room.name}`, room.name, html`<${RoomSign} room=${room} size="av-28" />`, room.topic ?? ''));
}

/**
 * Whose name begins with what was typed, or a word of it does. If none does and there is enough to go by, those that may have been meant.
 * @template T @param {string} typed @param {T[]} list @param {(one: T) => string[]} namesOf @param {boolean} certain no guesses
 * @returns {T[]}
 */
function meant(typed, list, namesOf, certain) {
  const scored = list.map((one) => ({ one, score: near(typed, ...namesOf(one)) })).sort((a, b) => b.score - a.score);
  const begun = scored.filter(({ score }) => score >= 5);
  const guesses = certain || typed.length < GUESSED ? [] : scored.filter(({ score }) => score);
  return (begun.length ? begun : guesses).slice(0, MOST).map(({ one }) => one);
}

/** @returns {Promise<Option[]>} */
async function emoji(typed) {
  const list = await emojiSearch(typed, MOST + 2);
  return list.map((one) => ({
    ...option(one.emoji, one.name, html`<span class="face" aria-hidden="true">${one.emoji}</span>`, `:${codeFor(one, typed)}:`),
    taken: () => countEmoji(one.emoji),
  }));
}

/** Of its shortcodes the one that is being typed. */
const codeFor = ({ one, shortcode }, typed) => one.shortcodes.find((code) => code.startsWith(typed.slice(1).toLowerCase())) ?? shortcode;

/** The emoji with exactly this shortcode. */
export async function emojiCalled(code) {
  const wanted = code.toLowerCase();
  for (const { list } of await loadEmoji()) {
    const one = list.find(({ shortcodes }) => shortcodes.includes(wanted));
    if (one) return toned(one);
  }
  return null;
}

const option = (words, name, sign, sub) => ({ key: `${words} ${sub}`, words, name, sign, sub });

/** By the kind of sign. @type {Record<string, (typed: string, room: any) => Option[]|Promise<Option[]>>} */
export const find = { label: people, rooms, emoji };
