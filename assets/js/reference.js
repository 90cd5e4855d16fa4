// The page that programs' authors read: /api, made of the OpenAPI document. It stands alone and is no part of the client.
import { make } from './reference/make.js';
import { loadWords, word } from './reference/words.js';
import { operation } from './reference/operation.js';
import { said } from './reference/said.js';
import { described, socket } from './reference/objects.js';

const root = document.getElementById('reference');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every route in the order of its section. @returns {{name: string, about: string, routes: any[]}[]} */
function sections(openapi) {
  const found = openapi.tags.map(({ name, description }) => ({ name, about: description, routes: [] }));
  for (const [path, methods] of Object.entries(openapi.paths))
    for (const method of METHODS.filter((name) => methods[name])) {
      const about = methods[method];
      found.find(({ name }) => name === about.tags[0]).routes.push({ method: method.toUpperCase(), path, about });
    }
  return found.filter(({ routes }) => routes.length);
}

const idOf = (name) => `section-${name.toLowerCase().replace(/\W+/g, '-')}`;

/** A part of the page with its heading. */
const part = (name, about, children) => {
  const id = idOf(name);
  return make('section', { class: 'ref-part', 'aria-labelledby': id }, make('h2', { id }, name), about && make('p', { class: 'ref-about' }, ...said(about)), ...children);
};

/** Hides what does not fit, and the parts in which nothing is left. */
function search(text, count) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const one of root.querySelectorAll('details.route')) {
    one.hidden = !words.every((each) => one.dataset.text.includes(each));
    if (!one.hidden) shown += 1;
  }
  for (const one of root.querySelectorAll('.ref-part')) one.hidden = !one.querySelector('details.route:not([hidden])');
  root.querySelector('.ref-none').hidden = shown > 0;
  count.textContent = words.length ? word('found').replace('{n}', String(shown)) : '';
}

/** Opens what the address names. */
function unfold() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  const route = target.closest('details');
  if (route) route.open = true;
  for (const hidden of root.querySelectorAll('.ref-part[hidden], details.route[hidden]')) hidden.hidden = false;
  target.scrollIntoView();
}

function page(openapi) {
  const all = sections(openapi);
  const count = make('p', { class: 'ref-count', role: 'status' });
  const box = make('input', { class: 'f-i', id: 'ref-search', type: 'search', placeholder: word('search.hint'), autocomplete: 'off', spellcheck: 'false' });
  box.addEventListener('input', () => search(box.value, count));
  const link = (name) => make('li', {}, make('a', { href: `#${idOf(name)}` }, name));
  const names = [...all.map(({ name }) => name), word('objects'), word('socket')];
  const toc = make('details', { class: 'ref-toc' }, make('summary', {}, word('contents')), make('nav', { 'aria-label': word('contents') }, make('ul', {}, ...names.map(link))));
  // Beside the text there is room for it; above the text it waits to be asked.
  toc.open = matchMedia('(min-width: 900px)').matches;
  root.append(
    make('header', { class: 'ref-head' }, make('a', { href: '/', class: 'ref-home' }, word('home')), make('h1', {}, word('title')), make('p', { lang: 'en', dir: 'ltr' }, openapi.info.summary)),
    make('div', { class: 'ref-side' }, make('div', { role: 'search' }, make('label', { class: 'sr', for: 'ref-search' }, word('search')), box, count), toc),
    make('main', { id: 'main', lang: 'en', dir: 'ltr', tabindex: '-1' },
      make('p', { class: 'ref-about' }, ...said(openapi.info.description)),
      make('p', { class: 'ref-about' }, make('a', { href: '/api/v1/openapi.json' }, 'openapi.json'), ` · OpenAPI ${openapi.openapi} · Snug ${openapi.info.version}`),
      ...all.map(({ name, about, routes }) => part(name, about, routes.map((route) => operation(route, openapi)))),
      part(word('objects'), '', described(openapi)),
      part(word('socket'), openapi['x-websocket'].description, socket(openapi)),
      make('p', { class: 'ref-none', hidden: '' }, word('none')),
    ),
  );
  root.removeAttribute('aria-busy');
  root.addEventListener('click', (event) => {
    const to = event.target.closest?.('a[href^="#"]');
    if (to && to.hash === location.hash) unfold();
  });
  addEventListener('hashchange', unfold);
  unfold();
}

async function begin() {
  await loadWords();
  const answer = await fetch('/api/v1/openapi.json');
  if (!answer.ok) throw new Error(String(answer.status));
  page(await answer.json());
}

begin().catch(() => root.append(make('p', { class: 'ref-none', role: 'alert' }, word('failed'))));
