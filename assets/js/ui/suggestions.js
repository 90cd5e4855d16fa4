// What may be suggested in the composer: people, rooms and emoji that fit what was typed.
import { html } from '../view.js';
import * as state from '../state.js';
import { fold, match } from '../fold.js';
import { countEmoji } from '../emoji.js';
import { emojiSearch, loadEmoji, toned } from '../emojilist.js';
import { mayCall } from '../callask.js';
import { t } from '../i18n.js';
import { Avatar, Icon, RoomSign } from './basics.js';

const MOST = 6;

/** @typedef {{key: string, words: string, name: string, sub?: string, sign: any, taken?: () => void}} Option `words` is what is written */

/** @returns {Promise<Option[]>} members of the room, and everyone */
async function people(typed, room) {
  const query = fold(typed);
  const list = room.kind === 'direct' ? state.othersOf(room) : (await state.loadMembers(room.id)).map((member) => member.user);
  const all = list
    .filter((user) => user.id !== state.me.value.id && user.active)
    .map((user) => ({ user, score: query ? Math.max(match(user.username, query), nameScore(user, query)) : 1 }))
    .filter(({ score }) => score > 1 || !query)
    .sort((a, b) => b.score - a.score || a.user.name.localeCompare(b.user.name))
    .map(({ user }) => option(`@${user.username}`, user.name, html`<${Avatar} user=${user} size="av-28" dot=${true} />`, `@${user.username}`));
  const groups = ['room', 'here']
    .filter((name) => mayCall(room) && query && name.startsWith(query))
    .map((name) => option(`@${name}`, t(`suggest.${name}`, { n: room.member_count }), html`<span class="av av-28 tile h2" aria-hidden="true"><${Icon} name="users" size="s" /></span>`, `@${name}`));
  return [...all.slice(0, MOST), ...groups];
}

function nameScore(user, query) {
  const name = fold(user.name);
  if (name.startsWith(query)) return 3;
  return name.split(' ').some((word) => word.startsWith(query)) ? 2 : 0;
}

/** @returns {Option[]} rooms that one is in */
function rooms(typed) {
  const query = fold(typed);
  return state.roomList.value
    .filter((room) => !room.archived)
    .map((room) => ({ room, score: match(room.name, query) }))
    .filter(({ score }) => score > 1)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map(({ room }) => option(`#${room.name}`, room.name, html`<${RoomSign} room=${room} size="av-28" />`, room.topic ?? ''));
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
