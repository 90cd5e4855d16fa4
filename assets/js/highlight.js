// Colours for code: highlight.js reads it, and its tree of tokens is given back; no HTML is made of it.

/** Longer code stays plain. */
const LONGEST = 20_000;

/** Each language is fetched when it is first shown. */
const LANGUAGES = {
  bash: () => import('../vendor/hljs/bash.min.js'),
  cpp: () => import('../vendor/hljs/cpp.min.js'),
  css: () => import('../vendor/hljs/css.min.js'),
  diff: () => import('../vendor/hljs/diff.min.js'),
  go: () => import('../vendor/hljs/go.min.js'),
  ini: () => import('../vendor/hljs/ini.min.js'),
  java: () => import('../vendor/hljs/java.min.js'),
  javascript: () => import('../vendor/hljs/javascript.min.js'),
  json: () => import('../vendor/hljs/json.min.js'),
  php: () => import('../vendor/hljs/php.min.js'),
  python: () => import('../vendor/hljs/python.min.js'),
  rust: () => import('../vendor/hljs/rust.min.js'),
  sql: () => import('../vendor/hljs/sql.min.js'),
  typescript: () => import('../vendor/hljs/typescript.min.js'),
  xml: () => import('../vendor/hljs/xml.min.js'),
  yaml: () => import('../vendor/hljs/yaml.min.js'),
};

/** What people write for them. */
const OTHER_NAMES = {
  bash: 'sh shell zsh console terminal',
  cpp: 'c c++ cc h hpp cxx',
  css: 'scss less',
  diff: 'patch',
  go: 'golang',
  ini: 'toml conf cfg',
  javascript: 'js jsx mjs cjs node',
  json: 'jsonc json5',
  python: 'py python3',
  rust: 'rs',
  sql: 'postgres postgresql mysql sqlite',
  typescript: 'ts tsx',
  xml: 'html svg xhtml vue',
  yaml: 'yml',
};

const names = new Map(Object.keys(LANGUAGES).map((name) => [name, name]));
for (const [name, others] of Object.entries(OTHER_NAMES)) for (const other of others.split(' ')) names.set(other, name);

const ready = new Map();
/** Fetches the reader and one language. */
function prepare(name) {
  if (!ready.has(name)) {
    const loading = Promise.all([import('../vendor/hljs/core.min.js'), LANGUAGES[name]()]).then(([core, grammar]) => {
      core.default.registerLanguage(name, grammar.default);
      return core.default;
    });
    ready.set(name, loading);
    loading.catch(() => ready.delete(name));
  }
  return ready.get(name);
}

const idle = () => new Promise((done) => (window.requestIdleCallback ?? setTimeout)(done));

/**
 * The tokens of some code.
 * @param {string} text
 * @param {string} language as its author called it
 * @returns {Promise<(string|{scope: string, children: any[]})[]|null>} null where it stays plain
 */
export async function tokensOfCode(text, language) {
  const name = names.get(language.toLowerCase());
  if (!name || text.length > LONGEST) return null;
  const reader = await prepare(name);
  await idle();
  return reader.highlight(text, { language: name, ignoreIllegals: true })._emitter.rootNode.children;
}
