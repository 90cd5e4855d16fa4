// What time it is for somebody else, by the name of their time zone.
import { signal } from './view.js';
import { locale, t } from './i18n.js';

const MINUTE = 60_000;
const now = signal(Date.now());
let ticking = 0;

/** @returns {string} the time zone of this device */
export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @returns {string[]} the names of all zones that this browser knows */
export const zones = () => Intl.supportedValuesOf?.('timeZone') ?? [];

/**
 * @param {string|null} zone
 * @returns {{clock: string, apart: string}|null} such as 10:42 and "3h behind you"; null for a zone that is not known here
 */
export function timeIn(zone) {
  if (!zone) return null;
  ticking ||= setInterval(() => (now.value = Date.now()), MINUTE / 4);
  const at = now.value;
  try {
    const clock = new Intl.DateTimeFormat(locale(), { hour: 'numeric', minute: '2-digit', timeZone: zone }).format(at);
    const minutes = offset(zone, at) - offset(ownZone(), at);
    if (!minutes) return { clock, apart: t('zone.same') };
    return { clock, apart: t(minutes > 0 ? 'zone.ahead' : 'zone.behind', { time: long(Math.abs(minutes)) }) };
  } catch {
    return null;
  }
}

/** Minutes from universal time. */
function offset(zone, at) {
  const options = { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' };
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-US', options).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Math.round((Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute) - at) / MINUTE);
}

function long(minutes) {
  const unit = (value, name) => new Intl.NumberFormat(locale(), { style: 'unit', unit: name, unitDisplay: 'narrow' }).format(value);
  return [minutes >= 60 && unit(Math.floor(minutes / 60), 'hour'), minutes % 60 && unit(minutes % 60, 'minute')].filter(Boolean).join(' ');
}
