// One's settings that the server keeps, so that they are the same on every device: a few sections with a few keys each.
import { signal } from './view.js';
import { api } from './api.js';
import { me } from './state.js';

/** @param {string} section @param {string} key @returns {any} undefined until it was set */
export const setting = (section, key) => me.value?.settings?.[section]?.[key];

/**
 * Changes some keys of a section, here at once, and on the server.
 * @param {string} section @param {object} change
 * @returns {Promise<void>} throws what the server says, after putting the old values back
 */
export async function setSetting(section, change) {
  const before = me.value.settings?.[section];
  const put = (value) => (me.value = { ...me.value, settings: { ...me.value.settings, [section]: value } });
  put({ ...before, ...change });
  try {
    await api('PATCH', '/me', { settings: { [section]: { ...before, ...change } } });
  } catch (error) {
    put(before);
    throw error;
  }
}

/** Until somebody turns it off. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** Moves once a minute, so that what ends by time is seen to end. */
const minute = signal(Date.now());
setInterval(() => (minute.value = Date.now()), 30_000);

/** @returns {number} until when one is not to be disturbed; 0: one may be */
export const quiet = () => {
  const until = setting('notifications', 'dnd_until') ?? 0;
  return until > Math.max(minute.value, Date.now()) ? until : 0;
};
