// What the first view may cost (UI.md, section 10).
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { brotliCompressSync } from 'node:zlib';
import { house } from './support/house.mjs';
import { answered, DESKTOP } from './support/browser.mjs';

const { story } = house();
const KB = 1024;
const assets = new URL('../../assets/', import.meta.url);

/**
 * Loads a room and lists what the page fetched until its first message was painted.
 * @returns {Promise<{path: string, kind: string, bytes: number, wire: number, protocol: string}[]>} bytes as packed, `wire` 0 when from the cache
 */
async function firstLoad(person, room) {
  await person.page.goto(`${person.url}/r/${room.id}`);
  await person.sees('the first message');
  return person.page.evaluate(() => {
    const list = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    return list
      .filter(({ startTime }) => startTime < window.painted)
      .map((one) => ({ path: new URL(one.name).pathname, kind: one.initiatorType, bytes: one.encodedBodySize, wire: one.transferSize, protocol: one.nextHopProtocol }));
  });
}

/** Notes when the first message is painted. */
const notePaint = (context) =>
  context.addInitScript(() => {
    const watch = new MutationObserver(() => {
      if (!document.querySelector('article[data-id]')) return;
      watch.disconnect();
      requestAnimationFrame(() => (window.painted = performance.now()));
    });
    watch.observe(document, { childList: true, subtree: true });
  });

const inFolder = (name) => ({ path }) => path.split('/')[1] === 'assets' && path.split('/')[3] === name;
const total = (loads) => loads.reduce((sum, { bytes }) => sum + bytes, 0);
const short = (path) => path.split('/').slice(3).join('/');

/** Where this build's files are. */
const baseOf = async (person) => /\/assets\/\w+\//.exec(await (await person.context.request.get(`${person.url}/`)).text())[0];

/** The modules that the first view is made of, as they stand in its one file. @returns {Promise<{name: string, text: string}[]>} */
async function bundled(person) {
  const text = await (await person.context.request.get(`${person.url}${await baseOf(person)}js/first.js`)).text();
  return [...text.matchAll(/^\/\/ ((?:js|vendor)\/\S+)$/gm)].map((found, at, all) => ({ name: found[1], text: text.slice(found.index, all[at + 1]?.index) }));
}

async function arrives(owner, name) {
  const ada = await owner(DESKTOP);
  await notePaint(ada.context);
  const room = await ada.makesRoom(name);
  await ada.says(room, 'the first message');
  return { ada, room };
}

story('bytes and requests until the first message is painted', async ({ owner }) => {
  const { ada, room } = await arrives(owner, 'First view');
  const loads = await firstLoad(ada, room);
  const parts = await bundled(ada);
  const packed = (list) => list.reduce((sum, { text }) => sum + brotliCompressSync(text).length, 0);
  const figures = {
    all: total(loads),
    withoutFont: total(loads.filter(({ path }) => !path.endsWith('.woff2'))),
    // Of the sources with all their comments, as one text, because that is how it is packed.
    own: packed([{ text: (await Promise.all(parts.filter(({ name }) => name.startsWith('js/')).map(({ name }) => readFile(new URL(name, assets), 'utf8')))).join('') }]),
    css: total(loads.filter(inFolder('css'))),
    vendored: packed(parts.filter(({ name }) => name.startsWith('vendor/') && !name.includes('marked'))),
    marked: packed(parts.filter(({ name }) => name.includes('marked'))),
    requests: loads.length,
    modules: parts.length,
  };
  console.log('first view:', JSON.stringify(figures), loads.map(({ path }) => path.split('/').at(-1)).join(' '));
  assert.ok(figures.requests <= 14, `${figures.requests} requests`);
  assert.ok(figures.withoutFont <= 110 * KB, `${figures.withoutFont} bytes without the font`);
  assert.ok(figures.all <= 130 * KB, `${figures.all} bytes`);
  assert.ok(figures.own <= 60 * KB, `${figures.own} bytes of own JavaScript`);
  // Only what the first view needs: the sheets of panels and pages come with them, and nobody waits for those.
  assert.ok(figures.css <= 14 * KB, `${figures.css} bytes of CSS`);
  // 11 KB for the view library, and marked, which UI.md asks for beside it.
  assert.ok(figures.vendored <= 11 * KB, `${figures.vendored} bytes of the view library`);
  assert.ok(figures.marked <= 15 * KB, `${figures.marked} bytes of marked`);
});

story('all of it comes at once: one connection, packed, and named in the page', async ({ owner }) => {
  const { ada, room } = await arrives(owner, 'At once');
  const loads = await firstLoad(ada, room);
  assert.deepEqual([...new Set(loads.map(({ protocol }) => protocol))], ['h2']);
  for (const { path } of loads.filter(({ path }) => /\.(m?js|css|svg|json)$/.test(path))) {
    const answer = await ada.context.request.get(ada.url + path, { headers: { 'accept-encoding': 'gzip, br' } });
    assert.equal(answer.headers()['content-encoding'], 'br', path);
    assert.match(answer.headers()['cache-control'], /immutable/, path);
  }
  const page = await (await ada.context.request.get(`${ada.url}/`)).text();
  const named = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path);
  const late = loads.filter((one) => /\.(m?js|css|json|woff2)$/.test(one.path) && !named.includes(one.path));
  assert.deepEqual(late.map(({ path }) => short(path)), [], 'found late');
  const paths = loads.map(({ path }) => path);
  assert.deepEqual(paths.filter((path, at) => paths.indexOf(path) !== at), [], 'asked for twice');
  // Of what is asked for by the program itself there is as little as can be: who and where, and the messages.
  assert.ok(paths.filter((path) => path.startsWith('/api/')).length <= 4, paths.filter((path) => path.startsWith('/api/')).join(' '));
});

story('modules that come later take their state from the first view', async ({ owner }) => {
  const { ada } = await arrives(owner, 'One state');
  const names = new Set((await bundled(ada)).map(({ name }) => name));
  for (const name of ['vendor/preact.mjs', 'js/state.js', 'js/main.js', 'js/ui/composer.js']) assert.ok(names.has(name), name);
  // A second copy of any of these would be a second truth: they are no files of their own.
  const base = await baseOf(ada);
  ada.expect(answered(404));
  for (const name of names) assert.equal((await ada.context.request.get(`${ada.url}${base}${name}`)).status(), 404, name);
  const drawer = await (await ada.context.request.get(`${ada.url}${base}js/ui/drawer.js`)).text();
  assert.match(drawer, /from '\.\.\/first\.js'/);
});

story('the second visit loads nothing again', async ({ owner }) => {
  const { ada, room } = await arrives(owner, 'Again');
  await firstLoad(ada, room);
  const again = await firstLoad(ada, room);
  const fetched = again.filter(({ path, wire }) => path.startsWith('/assets/') && wire > 0);
  assert.deepEqual(fetched.map(({ path, wire }) => `${short(path)} ${wire}`), []);
});

story('nothing jumps while the page comes in', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Steady');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  for (let n = 0; n < 30; n++) await ada.says(room, n ? `message ${n}` : 'the first message');
  await bob.hasRead(room);
  await bob.context.addInitScript(() => {
    window.shift = 0;
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (!entry.hadRecentInput) {
          window.shift += entry.value;
          window.shifts.push(`${entry.value.toFixed(4)} ${entry.sources.map(({ node }) => node?.className ?? node?.nodeName).join(',')}`);
        }
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await bob.comesTo(room);
  await bob.sees('message 29');
  await bob.page.evaluate(() => new Promise((done) => requestIdleCallback(() => requestAnimationFrame(done))));
  const { shift, shifts } = await bob.page.evaluate(() => ({ shift: window.shift, shifts: window.shifts }));
  assert.ok(shift <= 0.02, `layout shift ${shift}: ${shifts.join(' | ')}`);
});

story('a key is on the screen within a frame', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Quick');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  for (let n = 0; n < 100; n++) await ada.says(room, `message ${n}`);
  await bob.hasRead(room);
  await bob.comesTo(room);
  await bob.sees('message 99');
  const took = await bob.page.evaluate(async () => {
    const box = document.querySelector('.comp textarea');
    const times = [];
    for (let n = 0; n < 12; n++) {
      const start = performance.now();
      box.value += 'x';
      box.dispatchEvent(new InputEvent('input', { bubbles: true }));
      await Promise.resolve();
      // The layout that the key causes belongs to it.
      void box.offsetHeight;
      times.push(performance.now() - start);
      await new Promise((next) => requestAnimationFrame(next));
    }
    return times.sort((a, b) => a - b)[6];
  });
  console.log(`a key with 100 messages: ${took.toFixed(1)} ms`);
  assert.ok(took <= 16, `a key takes ${took} ms`);
});

story('the sources keep the laws: no HTML strings, no inline styles in pages', async () => {
  const page = await readFile(new URL('index.html', assets), 'utf8');
  assert.ok(!/\sstyle=|<style|<script(?![^>]*\bsrc=)/.test(page.replace(/%\w+%/g, '')));
  const modules = (await readdir(new URL('js', assets), { recursive: true })).filter((name) => name.endsWith('.js'));
  assert.ok(modules.length > 30);
  for (const name of modules) {
    const text = await readFile(new URL(`js/${name}`, assets), 'utf8');
    assert.ok(!/innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySet|\beval\(|new Function/.test(text), name);
  }
});
