// Comparing words as people type them: without case and without accents.

/** @param {string} text @returns {string} */
export const fold = (text) =>
  text
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();

/**
 * How well a word answers a query: 3 begins with it, 2 a later word does, 1 its letters in order, 0 not.
 * @param {string} text @param {string} query folded @returns {number}
 */
export function match(text, query) {
  const folded = fold(text);
  if (!query || folded.startsWith(query)) return 3;
  if (folded.split(/[\s._-]+/).some((word) => word.startsWith(query))) return 2;
  let at = 0;
  for (const letter of query) {
    at = folded.indexOf(letter, at) + 1;
    if (!at) return 0;
  }
  return 1;
}
