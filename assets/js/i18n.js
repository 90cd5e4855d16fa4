// The words of the interface: one JSON file per language. An entry is a text, or an object that chooses one: by the
// plural of `n`, or by the value that its key "select" names.

/** The languages there are, in their own words. The server says in which one the page is: chosen here, else the browser's. */
export const LANGUAGES = { en: 'English', ar: 'العربية' };

const language = document.documentElement.lang in LANGUAGES ? document.documentElement.lang : 'en';
/** Digits as people write them in messages beside the interface's words. */
const DIGITS = { ar: '-u-nu-latn' };
const plurals = new Intl.PluralRules(language);
let strings = {};
let numbers;

const regional = navigator.languages?.find((tag) => tag.split('-')[0] === language) ?? language;
const tag = regional.includes('-u-') ? regional : regional + (DIGITS[language] ?? '');
/** @returns {string} the language tag that formatters use */
export const locale = () => tag;

/** Loads the strings; nothing is drawn before. @returns {Promise<void>} */
export async function loadStrings() {
  const answer = await fetch(new URL(`../i18n/${language}.json`, import.meta.url));
  strings = await answer.json();
}

/** @returns {string} what was chosen on this device, '' for the browser's own */
export const chosenLanguage = () => /(?:^|; )lang=(\w+)/.exec(document.cookie)?.[1] ?? '';

/** Chooses for this device and loads the page again, in that language. @param {string} name '' for the browser's own */
export function chooseLanguage(name) {
  document.cookie = `lang=${name}; Path=/; SameSite=Lax; Max-Age=${name ? 31536000 : 0}`;
  location.reload();
}

function template(key, values) {
  let found = strings[key];
  while (found && typeof found === 'object') found = (found.select ? found[values?.[found.select]] : found[plurals.select(values?.n ?? 0)]) ?? found.other;
  return found ?? key;
}

/** Names of another script would turn the words around them about: each keeps its own direction. */
const own = document.documentElement.dir === 'rtl' ? (text) => `\u2068${text}\u2069` : (text) => text;
function shown(value) {
  if (typeof value === 'number') return (numbers ??= new Intl.NumberFormat(tag)).format(value);
  return typeof value === 'string' ? own(value) : value;
}

/** @param {string} key @returns {boolean} whether there are words for it */
export const knows = (key) => key in strings;

/**
 * @param {string} key
 * @param {Record<string, string|number>} [values] `n` chooses the plural form
 * @returns {string}
 */
export function t(key, values) {
  const text = template(key, values);
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(shown(values[name])) : whole)) : text;
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
    .map((part) => (part.startsWith('{') && part.slice(1, -1) in values ? shown(values[part.slice(1, -1)]) : part));
}
