// The emoji that one uses, the recent and the most used ones, and the way to the picker.
import { lazy } from './view.js';
import { openDialog } from './layers.js';
import { setting, setSetting } from './mysettings.js';

const Picker = lazy(() => import('./ui/emojipicker.js').then((module) => module.EmojiPicker), 'panels');
const KEPT = 32;
const USUAL = ['👍', '❤️', '😂'];

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
