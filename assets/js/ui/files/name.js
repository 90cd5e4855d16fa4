// The name of a file in one line: where it is too long its middle goes, because its end tells what it is.
import { html } from '../../view.js';
import { graphemes } from '../../graphemes.js';

const LONG = 18;
const END = 10;
/** Letters that join each other would look different on both sides of a gap. */
const JOINED = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** @param {{name: string}} props */
export function Name({ name }) {
  const signs = [...graphemes(name)].map(({ segment }) => segment);
  if (signs.length <= LONG || JOINED.test(name)) return html`<span class="fname" dir="auto" title=${name}><span>${name}</span></span>`;
  const at = signs.length - END;
  // Two parts would be read as two words.
  return html`<span class="fname" dir="auto" title=${name}><span class="sr">${name}</span><span aria-hidden="true">${signs.slice(0, at).join('')}</span><span aria-hidden="true">${signs.slice(at).join('')}</span></span>`;
}
