// What is typed into the search, taken apart as the server takes it apart: so that a filter can be shown, completed and taken away.
import * as state from '../state.js';
import { fold } from '../fold.js';

/** @typedef {{name: string, value: string, negated: boolean, from: number, to: number}} Clause `name` is empty for words; `from` and `to` are its place in the text */

/** As long as the server reads it. */
export const LONGEST = 1000;
/** What each kind of filter may hold, where that is not any name. */
export const VALUES = {
  has: ['file', 'image', 'video', 'audio', 'link', 'pin', 'reaction'],
  is: ['thread', 'saved'],
};
const DAYS = ['before', 'after', 'on'];
const FILTER = /^(from|in|to|before|after|on|has|is):/i;
const DAY = /^(today|yesterday|\d{1,4}[dw]|\d{4}([-/.]\d{1,2}){0,2})$/i;
const HAS = /^(file|image|picture|video|audio|sound|link|pin|reaction|emoji|thread)s?$/i;
const IS = /^(thread|saved|pinned)$/i;
const CLOSING = { '"': '"', '“': '”“"', '„': '”“"', '”': '”“"', '«': '»', '「': '」' };

/** @param {string} text @returns {Clause[]} */
export function clauses(text) {
  const found = [];
  const end = Math.min(text.length, LONGEST);
  for (let at = 0; at < end; ) {
    if (/\s/.test(text[at])) {
      at++;
      continue;
    }
    const negated = text[at] === '-' && /[^\s-]/.test(text[at + 1] ?? ' ');
    const start = at + Number(negated);
    const head = FILTER.exec(text.slice(start, start + 8));
    const name = head?.[1].toLowerCase() ?? '';
    const [value, after] = valueAt(text, start + (head?.[0].length ?? 0));
    if (name && means(name, value.trim())) {
      found.push({ name, value: value.trim(), negated, from: at, to: after });
      at = after;
    } else {
      const [words, stop] = valueAt(text, start);
      found.push({ name: '', value: words, negated, from: at, to: stop });
      at = stop;
    }
  }
  return found;
}

/** What stands between quotation marks, else up to the next blank; and where it ends. */
function valueAt(text, from) {
  const closing = CLOSING[text[from]];
  if (closing) for (let at = from + 1; at < text.length; at++) if (closing.includes(text[at])) return [text.slice(from + 1, at), at + 1];
  const length = text.slice(from).search(/\s/);
  const to = length < 0 ? text.length : from + length;
  return [text.slice(from, to), to];
}

/** Whether a filter makes sense; else it is text. */
function means(name, value) {
  if (DAYS.includes(name)) return DAY.test(value);
  if (name === 'has') return HAS.test(value);
  if (name === 'is') return IS.test(value);
  return value.replace(/^[@#]/, '').trim() !== '';
}

/** @param {Clause} clause @returns {boolean} */
export const isFilter = (clause) => clause.name !== '';

/** @param {string} text @returns {string} only its words, without what must not be there */
export const wordsOf = (text) =>
  clauses(text)
    .filter((clause) => !clause.name && !clause.negated)
    .map(({ value }) => value)
    .join(' ');

/** @param {string} text @param {(clause: Clause) => boolean} goes @returns {string} without these clauses */
export function without(text, goes) {
  let rest = text;
  for (const { from, to } of clauses(text).filter(goes).reverse()) rest = `${rest.slice(0, from)}${rest.slice(to).trimStart()}`;
  return rest.trimStart();
}

/** A value as it must be written behind the colon; null where no quotation marks are left for it. @param {string} value */
function written(value) {
  if (!/[\s"“”„«»「」]/.test(value)) return value;
  const marks = ['""', '«»', '「」'].find(([open, close]) => !value.includes(open) && !value.includes(close));
  return marks ? marks[0] + value + marks[1] : null;
}

const nameOf = (room) => fold(room.name.trim());

/** The filter that means this room and no other. @param {any} room @returns {string} */
export function inRoom(room) {
  if (room.kind === 'direct') {
    const [one, ...more] = state.othersOf(room);
    return one?.username && !more.length ? `in:@${one.username}` : `in:${room.id}`;
  }
  const alike = [...state.rooms.value.values()].filter((other) => other.kind !== 'direct' && nameOf(other).replace(/ /g, '-') === nameOf(room).replace(/ /g, '-'));
  const value = alike.length > 1 ? null : written(/^[@#]/.test(room.name) ? `#${room.name}` : room.name);
  return `in:${value ?? room.id}`;
}

/** Those of one's rooms that a filter means, as the server finds them. @param {string} value @returns {any[]} */
export function roomsCalled(value) {
  const mine = [...state.rooms.value.values()];
  const plain = value.replace(/^#/, '');
  const name = fold(plain.trim());
  const named = value.startsWith('@') ? [] : mine.filter((room) => room.kind !== 'direct' && (nameOf(room) === name || nameOf(room).replace(/ /g, '-') === name));
  if (named.length || value.startsWith('#')) return named;
  const numbered = mine.filter(({ id }) => String(id) === plain);
  if (numbered.length) return numbered;
  const person = personCalled(value);
  return mine.filter((room) => room.kind === 'direct' && room.users.length <= 2 && person && state.othersOf(room)[0]?.id === person.id);
}

/** @param {string} value @returns {any} the user that a filter means, if this page knows one */
export function personCalled(value) {
  const name = value.replace(/^[@#]/, '').trim();
  if (name.toLowerCase() === 'me') return state.me.value;
  const all = [...state.users.value.values()];
  return all.find((user) => user.username === name.toLowerCase()) ?? all.find((user) => fold(user.name) === fold(name));
}
