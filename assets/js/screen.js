// How wide the window is, as far as the layout asks, and whether fingers do the pointing.
import { signal } from './view.js';

const follow = (query) => {
  const list = matchMedia(query);
  const value = signal(list.matches);
  list.addEventListener('change', () => (value.value = list.matches));
  return value;
};

/** One pane at a time. */
export const phone = follow('(max-width: 719px)');
/** Room for the details beside the conversation. */
export const wide = follow('(min-width: 1100px)');
/** Fingers: Enter makes a new line. */
export const touch = follow('(pointer: coarse)');
