// The words of this page, from the same file as the client's.
let strings = {};

/** Loads them; nothing is drawn before. @returns {Promise<void>} */
export async function loadWords() {
  const language = document.documentElement.lang;
  const answer = await fetch(new URL(`../../i18n/${language}.json`, import.meta.url));
  strings = await answer.json();
}

/** @param {string} key @returns {string} */
export const word = (key) => strings[`api.${key}`] ?? key;
