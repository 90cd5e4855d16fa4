// Every emoji there is, by name and by shortcode, in the skin tone that one chose. Loaded when first needed.
import { fold } from './fold.js';
import { setting, setSetting } from './mysettings.js';

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
