// The words of the interface: one JSON file per language, plurals by Intl.PluralRules.
const language = document.documentElement.lang || 'en';
const plurals = new Intl.PluralRules(language);
let strings = {};

/** @returns {string} the language tag that formatters use */
export const locale = () => (navigator.language?.startsWith(language) ? navigator.language : language);

/** Loads the strings; nothing is drawn before. @returns {Promise<void>} */
export async function loadStrings() {
  const answer = await fetch(new URL(`../i18n/${language}.json`, import.meta.url));
  strings = await answer.json();
}

function template(key, values) {
  const found = strings[key];
  if (found && typeof found === 'object') return found[plurals.select(values?.n ?? 0)] ?? found.other;
  return found ?? key;
}

/**
 * @param {string} key
 * @param {Record<string, string|number>} [values] `n` chooses the plural form
 * @returns {string}
 */
export function t(key, values) {
  const text = template(key, values);
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole)) : text;
}

/**
 * The same for values that are nodes: gives an array to put into a template.
 * @param {string} key
 * @param {Record<string, any>} values
 * @returns {any[]}
 */
export function rich(key, values) {
  return template(key, values)
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') && part.slice(1, -1) in values ? values[part.slice(1, -1)] : part));
}
