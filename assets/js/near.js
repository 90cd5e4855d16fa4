// How well a name answers what somebody typed of it, typos and all.
import { fold } from './fold.js';

/** Letters that may be wrong in a word: short words have too many neighbours for any of them to be meant. */
const slack = (length) => (length < 4 ? 0 : length < 8 ? 1 : 2);
const wordsOf = (text) => text.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);
/** No name is longer: so much of a pasted text is looked at. */
const LONGEST = 100;

/**
 * 7 it is the name, 6 the name begins with it, 5 words of the name begin with its words, in any order, 4 the name holds it,
 * 3 it has its letters in their order, 2 one letter is wrong, 1 some are, 0 it is another name.
 * @param {string} query what was typed
 * @param {...string} names of one thing: the best answer counts
 * @returns {number}
 */
export function near(query, ...names) {
  const asked = parsed(query);
  return Math.max(...names.map(parsed).map((name) => certain(asked, name) || guessed(asked, name)));
}

/**
 * Those of a list that were meant, best first, and otherwise as they stood. Guesses are made only if nothing stands as it was typed.
 * @template T
 * @param {string} query @param {T[]} list @param {(one: T) => string[]} namesOf
 * @returns {T[]}
 */
export function nearest(query, list, namesOf) {
  const asked = parsed(query);
  const all = list.map((one) => ({ one, names: namesOf(one).map(parsed) }));
  const found = (score, least) =>
    all
      .map(({ one, names }) => ({ one, score: Math.max(...names.map((name) => score(asked, name))) }))
      .filter((entry) => entry.score >= least)
      .sort((a, b) => b.score - a.score);
  const sure = found(certain, 3);
  if (sure[0]?.score > 3) return sure.map(({ one }) => one);
  const missing = new Set(sure.map(({ one }) => one));
  return [...missing, ...found(guessed, 1).map(({ one }) => one).filter((one) => !missing.has(one))];
}

function parsed(words) {
  const text = fold(words.trim().slice(0, LONGEST)).slice(0, LONGEST);
  return { text, words: wordsOf(text) };
}

/** What needs no guess. */
function certain({ text, words }, name) {
  if (!text) return 6;
  if (name.text === text) return 7;
  if (name.text.startsWith(text)) return 6;
  if (words.length && begin(words, name.words)) return 5;
  if (name.text.includes(text)) return 4;
  return inOrder(text, name.text) || (words.length > 1 && name.words.join('').startsWith(words.join(''))) ? 3 : 0;
}

/** Whether each word begins another one of a name's. */
function begin(words, names) {
  const left = [...names];
  const longestFirst = [...words].sort((one, other) => other.length - one.length);
  return longestFirst.every((word) => {
    const at = left.findIndex((one) => one.startsWith(word));
    return at >= 0 && left.splice(at, 1);
  });
}

function inOrder(text, name) {
  let at = 0;
  for (const letter of text) {
    at = name.indexOf(letter, at) + 1;
    if (!at) return false;
  }
  return true;
}

/** What somebody may have meant. */
function guessed({ words }, name) {
  // Whoever runs words together mistypes them, too.
  const have = name.words.length > 1 ? [...name.words, name.words.join('')] : name.words;
  let all = 0;
  for (const word of words) {
    const most = slack(word.length);
    let least = most + 1;
    for (const one of have) least = Math.min(least, misspelt(word, one, most));
    if (least > most) return 0;
    all += least;
  }
  return !words.length ? 0 : all > 1 ? 1 : 2;
}

let [before, last, next] = [0, 0, 0].map(() => new Uint8Array(LONGEST + 4));

/**
 * Letters to be changed until a word begins another: one wrong, missing, too many, or two that changed places (optimal string
 * alignment, of whose table three rows are kept). Over `most` it is of no use how many.
 * @param {string} word @param {string} name @param {number} most
 */
function misspelt(word, name, most) {
  if (word.length > name.length + most) return most + 1;
  const width = Math.min(name.length, word.length + most);
  for (let at = 0; at <= width; at++) last[at] = at;
  for (let row = 1; row <= word.length; row++) {
    next[0] = row;
    let least = row;
    for (let at = 1; at <= width; at++) {
      const letter = word.charCodeAt(row - 1);
      const other = name.charCodeAt(at - 1);
      let wrong = Math.min(last[at - 1] + (letter === other ? 0 : 1), last[at] + 1, next[at - 1] + 1);
      if (row > 1 && at > 1 && letter === name.charCodeAt(at - 2) && word.charCodeAt(row - 2) === other) wrong = Math.min(wrong, before[at - 2] + 1);
      next[at] = wrong;
      if (wrong < least) least = wrong;
    }
    if (least > most) return least;
    [before, last, next] = [last, next, before];
  }
  return Math.min(...last.subarray(0, width + 1));
}
