// A few words that this browser keeps between visits, at once: the look, who was here, and what a closing page had no time to write.

const PREFIX = 'snug.';

/** Reads a value; storage may be missing, full or damaged, and nothing may break by that. @param {string} key @param {any} fallback */
export function recall(key, fallback = null) {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** @param {string} key @param {any} value null removes it */
export function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // A full or forbidden storage costs the memory across reloads, not the use of the page.
  }
}

/** @param {string} start @returns {string[]} the keys kept below it */
export function keptKeys(start) {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX + start))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}

/** Forgets everything of one person, on signing out. @param {number} user */
export function forget(user) {
  for (const key of keptKeys(`${user}.`)) keep(key, null);
}
