// How large something is, in words.
import { t } from './i18n.js';

const STEPS = ['b', 'kb', 'mb', 'gb', 'tb'];

/** @param {number} bytes @returns {string} such as 248 KB */
export function size(bytes) {
  let step = 0;
  let n = bytes;
  while (n >= 1000 && step < STEPS.length - 1) {
    n /= 1024;
    step++;
  }
  return t(`bytes.${STEPS[step]}`, { n: step && n < 10 ? Math.round(n * 10) / 10 : Math.round(n) });
}
