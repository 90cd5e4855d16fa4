// Keeps the client itself, so that it opens without a network. It never answers for the API, and shows its own page only
// when the server cannot be reached: a page of the server is never older than the server.
const VERSION = '%HASH%';
const CACHE = `snug-${VERSION}`;
const ASSETS = `/assets/${VERSION}/`;
/** What the page does not name, and a reader without a network still wants. */
const ALSO = [
  'vendor/icons.svg',
  ...['panels', 'pages', 'attachments', 'files', 'finder'].map((name) => `css/${name}.css`),
  ...['near', 'search', 'bytes'].map((name) => `js/${name}.js`),
  ...['asked', 'completions', 'finding', 'recent', 'snippet'].map((name) => `js/search/${name}.js`),
  ...['backbar', 'beginning', 'field', 'filters', 'hits', 'known'].map((name) => `js/ui/search/${name}.js`),
  ...['search', 'jumpdate', 'overlay', 'drawer', 'switcher', 'thread', 'threads', 'attachments', 'sending'].map((name) => `js/ui/${name}.js`),
  ...['file', 'card', 'name', 'voice'].map((name) => `js/ui/files/${name}.js`),
  ...['ahead', 'menu', 'drop', 'items', 'exif', 'thumb', 'queue', 'tus'].map((name) => `js/upload/${name}.js`),
];
const PAGES = /^\/($|(rooms|threads|mentions|saved|search|settings)(\/|$)|r\/\d+)/;

addEventListener('install', (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate' && PAGES.test(url.pathname)) event.respondWith(page(request));
  else if (url.pathname.startsWith(ASSETS)) event.respondWith(asset(request));
});

/** The page and all that it names. */
async function keepShell() {
  const cache = await caches.open(CACHE);
  const answer = await fetch('/', { cache: 'no-store' });
  const html = await answer.clone().text();
  // A server that changed in this moment sends another worker next time.
  if (!answer.ok || !html.includes(ASSETS)) throw new Error('the page is of another version');
  const named = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
  await Promise.all([cache.put('/', answer), cache.addAll([...new Set(named)])]);
  await Promise.allSettled(ALSO.map((path) => cache.add(ASSETS + path)));
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('snug-') && name !== CACHE).map((name) => caches.delete(name)));
}

async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const shell = await caches.match('/', { cacheName: CACHE });
    if (shell) return shell;
    throw error;
  }
}

/** Assets never change under one address. */
async function asset(request) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request, { ignoreVary: true });
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok && answer.type === 'basic') cache.put(request, answer.clone());
  return answer;
}
