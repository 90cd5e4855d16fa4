// Moments to come and moments gone, both as people say them: "in 3 days", "2 hours ago".
import { locale } from './i18n.js';

/** Each unit, and from how many seconds on it is the one to say. */
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** @param {number} at @returns {string} */
export function until(at) {
  const seconds = (at - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(Math.round(seconds / size), unit);
}
