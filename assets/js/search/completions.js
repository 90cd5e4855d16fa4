// What may follow a colon in the search: people, rooms, days, and what a message can have or be.
import { html } from '../view.js';
import { api } from '../api.js';
import * as state from '../state.js';
import { nearest } from '../near.js';
import { t } from '../i18n.js';
import { Avatar, Icon, RoomSign } from '../ui/basics.js';
import { inRoom, VALUES } from './asked.js';

/**
 * @typedef {{key: string, words: string, name: string, sub?: string, sign: any, pick?: boolean}} Option
 *   `words` is what is written; `pick`: a day is chosen first
 * @typedef {{kind: string, typed: string, from: number, label: string}} Open what is being typed, and where it begins
 */

const MOST = 7;
/** The last thing before the caret, if it is a filter whose value is not ended yet. */
const OPEN = /(?:^|\s)-?((from|to|in|has|is|before|after|on):("[^"]*|«[^»]*|[^\s"«]*))$/i;
const ICONS = { file: 'file-text', image: 'image', video: 'film', audio: 'music', link: 'link', pin: 'pin', reaction: 'smile', thread: 'message-circle', saved: 'star' };
const DAYS = ['today', 'yesterday', '7d', '30d'];

const tile = (icon, hue) => html`<span class=${`av av-28 tile ${hue}`} aria-hidden="true"><${Icon} name=${icon} size="s" /></span>`;

/** @param {string} before the text up to the caret @returns {Open|null} */
export function opened(before) {
  const found = OPEN.exec(before);
  if (!found) return null;
  const kind = found[2].toLowerCase();
  return { kind, typed: found[3].replace(/^["«]/, ''), from: before.length - found[1].length, label: t(`search.filter.${kind}`) };
}

/** @param {Open} open @returns {Option[]} what is known here */
export function here({ kind, typed }) {
  if (kind === 'from' || kind === 'to') return people(kind, typed, [...state.users.value.values()]);
  if (kind === 'in') return rooms(typed);
  if (VALUES[kind]) return values(kind, typed);
  return days(kind, typed);
}

/** People whom this page has not met yet. @param {Open} open @returns {Promise<Option[]|null>} null where nobody has to be asked */
export async function everywhere({ kind, typed }) {
  const name = typed.replace(/^@/, '').trim();
  if ((kind !== 'from' && kind !== 'to') || !name) return null;
  const answer = await api('GET', `/users?query=${encodeURIComponent(name)}&limit=${MOST}`).catch(() => null);
  if (!answer) return null;
  state.addUsers(answer.users);
  return people(kind, typed, [...state.users.value.values()]);
}

function best(list, typed, namesOf) {
  const words = typed.replace(/^[@#]/, '').trim();
  return (words ? nearest(words, list, namesOf) : list).slice(0, MOST);
}

function people(kind, typed, all) {
  const me = state.me.value;
  const others = all.filter(({ id, active }) => id !== me.id && active).sort((a, b) => a.name.localeCompare(b.name));
  const found = best(others, typed, ({ name, username }) => [name, username]);
  const self = best([t('search.me'), 'me', me.name, me.username], typed, (name) => [name]).length > 0;
  const option = (user, word, name) => ({ key: word, words: `${kind}:${word}`, name, sub: `@${user.username}`, sign: html`<${Avatar} user=${user} size="av-28" dot=${true} />` });
  return [...(self ? [option(me, 'me', t('search.me'))] : []), ...found.map((user) => option(user, user.username, user.name))].slice(0, MOST);
}

function rooms(typed) {
  const used = (room) => room.last_message?.at ?? room.created_at;
  const all = [...state.rooms.value.values()].sort((a, b) => used(b) - used(a));
  return best(all, typed, (room) => [state.titleOf(room), ...(room.kind === 'direct' ? state.othersOf(room).map(({ username }) => username) : [])]).map((room) => ({
    key: `r${room.id}`,
    words: inRoom(room),
    name: state.titleOf(room),
    sub: room.kind === 'direct' ? '' : (room.topic ?? ''),
    sign: html`<${RoomSign} room=${room} size="av-28" />`,
  }));
}

function values(kind, typed) {
  const all = VALUES[kind].map((value) => ({ value, name: t(`search.${kind}.${value}`) }));
  return best(all, typed, ({ value, name }) => [value, name]).map(({ value, name }) => ({
    key: value,
    words: `${kind}:${value}`,
    name,
    sub: `${kind}:${value}`,
    sign: tile(ICONS[value], 'h3'),
  }));
}

function days(kind, typed) {
  const all = DAYS.map((value) => ({ value, name: t(`search.day.${value}`) }));
  const list = best(all, typed, ({ value, name }) => [value, name]).map(({ value, name }) => ({
    key: value,
    words: `${kind}:${value}`,
    name,
    sub: `${kind}:${value}`,
    sign: tile('clock', 'h4'),
  }));
  return [...list, { key: 'pick', words: `${kind}:`, name: t('search.day.pick'), sub: t('search.day.form'), sign: tile('pencil', 'h4'), pick: true }];
}
