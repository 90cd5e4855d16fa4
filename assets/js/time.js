// Times, days and lists of names in words, with formatters made once.
import { locale, t } from './i18n.js';

const made = new Map();
const format = (name, options) => {
  if (!made.has(name)) made.set(name, new Intl.DateTimeFormat(locale(), options));
  return made.get(name);
};
const midnight = (at) => new Date(at).setHours(0, 0, 0, 0);
/** Whole calendar days between then and now; rounding takes care of days with 23 or 25 hours. */
const daysAgo = (at) => Math.round((midnight(Date.now()) - midnight(at)) / 86_400_000);

/** @param {number} at @returns {string} such as 10:04 */
export const clock = (at) => format('clock', { hour: 'numeric', minute: '2-digit' }).format(at);

/** @param {number} at @param {number} other @returns {boolean} */
export const sameDay = (at, other) => midnight(at) === midnight(other);

/** @param {number} at @returns {string} Today, Yesterday, Monday, 3 March, 3 March 2025 */
export function day(at) {
  const ago = daysAgo(at);
  if (ago <= 0) return t('time.today');
  if (ago === 1) return t('time.yesterday');
  if (ago < 7) return format('weekday', { weekday: 'long' }).format(at);
  if (new Date(at).getFullYear() === new Date().getFullYear())
    return format('date', { weekday: 'long', day: 'numeric', month: 'long' }).format(at);
  return format('year', { day: 'numeric', month: 'long', year: 'numeric' }).format(at);
}

/** @param {number} at @returns {string} the shortest useful form, for lists */
export function short(at) {
  const ago = daysAgo(at);
  if (ago <= 0) return clock(at);
  if (ago < 7) return format('weekdayshort', { weekday: 'short' }).format(at);
  return format('dateshort', { day: 'numeric', month: 'short' }).format(at);
}

/** @param {number} at @returns {string} day and time in full */
export const full = (at) => format('full', { dateStyle: 'full', timeStyle: 'short' }).format(at);

/** @param {number} at @returns {string} such as "5 minutes ago" */
export function ago(at) {
  const seconds = Math.max(0, (Date.now() - at) / 1000);
  if (seconds < 60) return t('time.now');
  if (!made.has('ago')) made.set('ago', new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }));
  const relative = made.get('ago');
  if (seconds < 3600) return relative.format(-Math.round(seconds / 60), 'minute');
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3600), 'hour');
  return relative.format(-Math.max(1, daysAgo(at)), 'day');
}

/** @param {string[]} names @returns {string} "Aiko, Lena and Sam" */
export function names(names) {
  if (!made.has('list')) made.set('list', new Intl.ListFormat(locale(), { type: 'conjunction' }));
  return made.get('list').format(names);
}
