// What a person takes for one sign: a letter with its marks, an emoji with its tone.

let segmenter;

/** @param {string} text @returns {Iterator<{segment: string}>} Only made when it is needed: its data takes a phone a tenth of a second. */
export function graphemes(text) {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text)[Symbol.iterator]();
}
