// The emoji that one uses: the recent and the most used ones, the skin tone, search by name; the list itself is fetched when first needed.
import { lazy } from './view.js';
import { fold } from './fold.js';
import { openDialog } from './layers.js';
import { setting, setSetting } from './mysettings.js';

const Picker = lazy(() => import('./ui/emojipicker.js').then((module) => module.EmojiPicker), 'panels');
const KEPT = 32;
const USUAL = ['👍', '❤️', '😂'];

/** @typedef {{emoji: string, name: string, shortcodes: string[], tones: string[]}} Emoji */

let loading = null;
/** @returns {Promise<{group: string, list: Emoji[]}[]>} every emoji, fetched once */
export function loadEmoji() {
  loading ??= fetch(new URL('../emoji.json', import.meta.url))
    .then((answer) => {
      if (!answer.ok) throw new Error(`the list of emoji: ${answer.status}`);
      return answer.json();
    })
    .then((groups) =>
      groups.map(([group, list]) => ({
        group,
        list: list.map(([emoji, name, shortcodes, tones]) => ({ emoji, name, shortcodes, tones })),
      })),
    )
    .catch((error) => {
      loading = null;
      throw error;
    });
  return loading;
}

/** @returns {number} 0 is the yellow one, then from light to dark */
export const tone = () => setting('emoji', 'tone') ?? 0;

/** @param {Emoji} one @returns {string} in the chosen skin tone */
export const toned = (one) => one.tones[tone() - 1] ?? one.emoji;

/** @param {number} number */
export const setTone = (number) => setSetting('emoji', { tone: number }).catch(() => {});

/** @returns {[string, number][]} the emoji used last, with how often, the last one first */
const counted = () => setting('emoji', 'recent') ?? [];

/** @returns {string[]} the last one first */
export const recent = () => counted().map(([emoji]) => emoji);

/** @param {number} [count] @returns {string[]} the most used ones, made up to `count` by the usual ones */
export function mostUsed(count = USUAL.length) {
  const often = counted()
    .map(([emoji, times], at) => ({ emoji, times, at }))
    .sort((a, b) => b.times - a.times || a.at - b.at)
    .map((one) => one.emoji);
  return [...new Set([...often, ...USUAL])].slice(0, count);
}

/** Remembers that an emoji was used. @param {string} emoji */
export function countEmoji(emoji) {
  const all = counted();
  const times = all.find(([one]) => one === emoji)?.[1] ?? 0;
  const list = [[emoji, Math.min(times + 1, 999)], ...all.filter(([one]) => one !== emoji)].slice(0, KEPT);
  // A count that is lost does no harm.
  setSetting('emoji', { recent: list }).catch(() => {});
}

/** Words of a name that begin with every word of the query; shortcodes count most. 0: it does not fit. */
function score(one, query) {
  const words = query.split(/[\s_-]+/).filter(Boolean);
  const codes = one.shortcodes.map(fold);
  if (codes.includes(query)) return 5;
  if (codes.some((code) => code.startsWith(query))) return 4;
  const name = fold(one.name);
  if (name.startsWith(query)) return 3;
  const parts = [name, ...codes].flatMap((text) => text.split(/[\s_:-]+/));
  if (words.every((word) => parts.some((part) => part.startsWith(word)))) return 2;
  return query.length > 2 && name.includes(query) ? 1 : 0;
}

/**
 * Emoji by what they are called, the best first.
 * @param {string} prefix the beginning of a shortcode or of words of the name
 * @param {number} [most]
 * @returns {Promise<{emoji: string, name: string, shortcode: string, one: Emoji}[]>} in the chosen skin tone
 */
export async function emojiSearch(prefix, most = 8) {
  const query = fold(prefix.trim().replace(/^:|:$/g, ''));
  const groups = await loadEmoji();
  if (!query) return [];
  return groups
    .flatMap(({ list }) => list)
    .map((one, at) => ({ one, at, score: score(one, query) }))
    .filter((found) => found.score)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, most)
    .map(({ one }) => ({ emoji: toned(one), name: one.name, shortcode: one.shortcodes[0] ?? one.name.replace(/\W+/g, '_'), one }));
}

/**
 * Lets somebody choose an emoji, beside what they pressed.
 * @param {Element} anchor
 * @param {(emoji: string) => void} onPick
 * @param {{counts?: boolean}} [how] `counts`: the choice is counted here, as callers that react count themselves
 */
export function openPicker(anchor, onPick, { counts = true } = {}) {
  openDialog(Picker, {
    anchor,
    onPick: (emoji) => {
      if (counts) countEmoji(emoji);
      onPick(emoji);
    },
  });
}
