// What people write looks as they meant it: words, code in colours, links that say where they lead, and nothing that hangs.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { DESKTOP } from './support/browser.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

const RICH = `Some **bold**, _slanted_, ~~gone~~ and \`plain\` words
on two lines, with https://snug.invalid/a and [a name](https://example.invalid/path).

# A heading

- one
- [x] done
- [ ] to do
  1. deeper

> Somebody said
> this

| name | number |
|:-----|-------:|
| Ada  | 1 |
| Bob  | 2 |

\`\`\`rust
// a comment
fn main() { println!("hello {}", 42); }
\`\`\``;

story('all of Markdown, the same while it is on its way and when it is there', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Rich words');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await ada.comesTo(room);
  await bob.comesTo(room);
  await ada.composer.fill(RICH);
  // What is drawn before the server has it is kept, to compare.
  await ada.page.evaluate(() => {
    new MutationObserver((_, watch) => {
      const pending = document.querySelector('article[data-state=sending] .b');
      if (!pending) return;
      window.pending = pending.cloneNode(true);
      watch.disconnect();
    }).observe(document, { childList: true, subtree: true, attributes: true });
  });
  await ada.composer.press('Enter');
  const body = bob.message('Some bold').locator('.b');
  await body.waitFor();
  const shape = (one) => [...one.querySelectorAll('*')].filter((node) => !node.closest('pre, .ch, .edited')).map((node) => node.tagName.toLowerCase()).join(' ');
  const theirs = await body.evaluate(shape);
  const pending = await ada.page.evaluateHandle(() => window.pending);
  assert.equal(await pending.evaluate(shape), theirs);
  for (const [tag, count] of [['strong', 2], ['em', 1], ['del', 1], ['code.ic', 1], ['a', 2], ['ul', 1], ['ol', 1], ['li.task', 2], ['blockquote', 1], ['table', 1], ['tbody tr', 2], ['td.to-end', 2], ['pre', 1]])
    assert.equal(await body.locator(tag).count(), count, tag);
  assert.equal(await body.getByRole('heading').count(), 0);
  const link = body.getByRole('link', { name: 'a name' });
  assert.equal(await link.getAttribute('title'), 'https://example.invalid/path');
  assert.equal(await body.getByRole('link', { name: 'https://snug' }).getAttribute('title'), null);

  // Colours come with the first code; they are spans and classes of our own, and readable.
  await body.locator('pre .c-com', { hasText: '// a comment' }).waitFor();
  await body.locator('pre .c-key', { hasText: 'fn' }).first().waitFor();
  await body.locator('pre .c-str').first().waitFor();
  assert.equal(await body.locator('pre').innerText().then((text) => text.trim()), '// a comment\nfn main() { println!("hello {}", 42); }');
  assert.equal(await body.locator('pre [class*=hljs], pre [style]').count(), 0);
  await body.getByRole('button', { name: 'Copy' }).click();
  await body.getByRole('button', { name: 'Copied' }).waitFor();
});

story('code of an unknown language, or a long one, stays plain and whole', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Plain code');
  await ada.comesTo(room);
  const long = Array.from({ length: 60 }, (_, n) => `let line_${n} = "${n}";`).join('\n');
  await ada.says(room, `\`\`\`klingon\nnuqneH <b>\n\`\`\``);
  await ada.says(room, `\`\`\`js\n${long}\n\`\`\``);
  const plain = ada.log.locator('.code', { hasText: 'klingon' });
  await plain.waitFor();
  assert.equal(await plain.locator('pre').innerText().then((text) => text.trim()), 'nuqneH <b>');
  const folded = ada.log.locator('.code', { hasText: 'line_0' });
  const more = folded.getByRole('button', { name: 'Show all 60 lines' });
  assert.equal(await more.getAttribute('aria-expanded'), 'false');
  const height = () => folded.locator('pre').evaluate((one) => one.clientHeight);
  const before = await height();
  await more.click();
  assert.ok((await height()) > before * 2);
  await folded.getByRole('button', { name: 'Show less' }).click();
  await until(height, (found) => found === before, 'it is folded again');
});

story('a long text folds, a short one does not', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Long words');
  await ada.comesTo(room);
  const lines = (count) => Array.from({ length: count }, (_, n) => `line ${n + 1}`).join('\n');
  const short = await ada.says(room, lines(24));
  const long = await ada.says(room, lines(25));
  await ada.byId(long).getByRole('button', { name: 'Show more' }).waitFor();
  assert.equal(await ada.byId(short).getByRole('button', { name: 'Show more' }).count(), 0);
  await ada.byId(long).getByRole('button', { name: 'Show more' }).click();
  await ada.byId(long).getByRole('button', { name: 'Show less' }).waitFor();
});

story('one to three emoji are large, more are not', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Faces');
  await ada.comesTo(room);
  for (const [text, big] of [['🎉', 1], ['👍🏽 👩‍👩‍👧 🇳🇴', 1], ['🎉🎉🎉🎉', 0], ['🎉 yes', 0], ['7', 0]]) {
    const { id } = await ada.says(room, text);
    await ada.byId(id).waitFor();
    assert.equal(await ada.byId(id).locator('.b.big').count(), big, text);
  }
});

story('names call people of the room, and rooms open', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Callers');
  const team = await ada.makesRoom('Team talk');
  await ada.makesRoom('Team');
  const hidden = await ada.makesRoom('Board', { kind: 'private' });
  const bob = await guest('Bob Larsen', { rooms: [room, team] });
  await bob.comesTo(room);
  const { id } = await ada.says(room, `@${bob.user.username}. @nobody mail@example.invalid, see #team talk, #Board and #1; \`#Team talk\` @room`);
  const said = bob.byId(id);
  await said.waitFor();
  assert.deepEqual(await said.locator('.at').allInnerTexts(), [`@${bob.user.username}`, '#team talk', '@room']);
  assert.equal(await said.locator('.at-me').count(), 2);
  assert.equal(await said.locator(`a[href="/r/${hidden.id}"]`).count(), 0);
  await said.getByRole('link', { name: '#team talk' }).click();
  await bob.page.getByRole('heading', { name: 'Team talk', level: 1 }).waitFor();
  // Words that claim to be another address are told apart; a place in here opens in here.
  await bob.goesTo(room);
  const trick = await ada.says(room, `[https://bank.invalid](https://evil.invalid/login) and [here](${ada.url}/r/${team.id})`);
  await bob.shows(bob.byId(trick.id), 'https://bank.invalid (evil.invalid)');
  await bob.byId(trick.id).getByRole('link', { name: 'here' }).click();
  await bob.page.getByRole('heading', { name: 'Team talk', level: 1 }).waitFor();
});

const HOSTILE = {
  'marks without end': '*a_'.repeat(5300),
  'one mark': '*'.repeat(16_000),
  'deep quotes': '> '.repeat(8000),
  'deep lists': '- '.repeat(8000),
  'numbered depth': '1. '.repeat(5300),
  'lists, line by line': Array.from({ length: 170 }, (_, n) => `${' '.repeat(n)}- a`).join('\n'),
  'open brackets': '['.repeat(16_000),
  'links in links': '[a]('.repeat(4000),
  'a wide table': `|${'a|'.repeat(3500)}\n|${'-|'.repeat(3500)}`,
  'a long table': `|a|b|\n|-|-|\n${'|a|b|\n'.repeat(2500)}`,
  'headings': '# a\n'.repeat(4000),
  'a fence that is none': `\`\`\` \`\n${'*a_'.repeat(5300)}`,
  'code without end': `\`\`\`js\n${'`${'.repeat(5300)}`,
};

story('a text that is made to hang the reader does not', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Hostile');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await bob.comesTo(room);
  await bob.page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (window.longest = Math.max(window.longest, duration)))).observe({ type: 'longtask' });
  });
  for (const [name, text] of Object.entries(HOSTILE)) {
    const { id } = await ada.says(room, text);
    await bob.byId(id).waitFor();
    await bob.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    const { longest, depth, nodes } = await bob.byId(id).evaluate((one) => {
      let depth = 0;
      for (const node of one.querySelectorAll('*')) {
        let at = 0;
        for (let up = node; up !== one; up = up.parentElement) at++;
        depth = Math.max(depth, at);
      }
      const { longest } = window;
      window.longest = 0;
      return { longest, depth, nodes: one.querySelectorAll('*').length };
    });
    // On a machine that does other things too; unbounded readers need many seconds.
    assert.ok(longest < 2000, `${name}: ${longest} ms`);
    assert.ok(depth < 40 && nodes < 4000, `${name}: ${depth} deep, ${nodes} nodes`);
  }
  // The page is alive, and the room opens again with all of it.
  await bob.page.reload();
  await bob.composer.waitFor();
  await bob.writes('still here');
  await bob.log.locator('article[data-state=sent]').waitFor();
});

for (const scheme of ['light', 'dark'])
  story(`code has colours that can be read, ${scheme}`, async ({ owner }) => {
    const ada = await owner({ ...DESKTOP, colorScheme: scheme });
    const room = await ada.makesRoom(`Colours ${scheme}`);
    await ada.says(room, '```js\n// why\nimport { a } from "./b.js";\nclass Boat extends Float { sail(knots = 12) { return /x+/.test(`${knots}`); } }\n```');
    await ada.comesTo(room);
    await ada.log.locator('pre .c-com').waitFor();
    const low = await ada.log.locator('pre').evaluate((pre) => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
      const light = (colour) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const behind = light(getComputedStyle(pre.closest('.code')).backgroundColor);
      return [...pre.querySelectorAll('span')]
        .map((one) => ({ kind: one.className, light: light(getComputedStyle(one).color) }))
        .map(({ kind, light: own }) => ({ kind, ratio: (Math.max(own, behind) + 0.05) / (Math.min(own, behind) + 0.05) }))
        .filter(({ ratio }) => ratio < 4.5);
    });
    assert.deepEqual(low, []);
    await ada.isPhotographed(`code ${scheme}`);
  });
