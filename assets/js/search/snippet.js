// The piece of a message around what was found, without the signs that Markdown means otherwise than it writes.

/** Pairs around words; code keeps what is inside. */
const PAIRS = /(`+|\*\*|~~)(?=\S)([^]*?\S)\1/g;
const LEADING = /^(?:#{1,6}|>|```\w*)\s+/;
/** A link: its words stand for it. */
const LINK = /\[([^\]\n]+)\]\(([^\s)]+)\)/g;

/** @param {string} text @returns {[number, number][]} places of signs that are not shown */
function signs(text) {
  const found = [];
  const lead = LEADING.exec(text)?.[0].length ?? 0;
  if (lead) found.push([0, lead]);
  for (const { index, 0: whole, 1: sign } of text.matchAll(PAIRS)) found.push([index, index + sign.length], [index + whole.length - sign.length, index + whole.length]);
  for (const { index, 0: whole, 1: words } of text.matchAll(LINK)) found.push([index, index + 1], [index + 1 + words.length, index + whole.length]);
  return found;
}

/**
 * A mark inside an address that is not shown would be lost: then the piece stays as it was written.
 * @param {{text: string, mark: boolean}[]} pieces @returns {{text: string, mark: boolean}[]}
 */
export function tidy(pieces) {
  const text = pieces.map((piece) => piece.text).join('');
  const hidden = signs(text);
  if (!hidden.length) return pieces;
  let at = 0;
  const shown = [];
  for (const { text: part, mark } of pieces) {
    let left = '';
    for (const letter of part) {
      if (!hidden.some(([from, to]) => at >= from && at < to)) left += letter;
      at += letter.length;
    }
    if (mark && !left) return pieces;
    if (left) shown.push({ text: left, mark });
  }
  return shown;
}
