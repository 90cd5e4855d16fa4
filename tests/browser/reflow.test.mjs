// Small screens, large text, other directions and high contrast: nothing is lost (UI.md, section 8).
import assert from 'node:assert/strict';
import { inBothLooks, device } from './support/axe.mjs';
import { answered, DESKTOP } from './support/browser.mjs';
import { house } from './support/house.mjs';

const { story } = house();

const LONG = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung';
/** A room with all that a message can hold, by people with long names. */
async function crowded(owner, guest, options) {
  const ada = await owner(options);
  const room = await ada.makesRoom(`Room of ${LONG.slice(0, 40)} ${Math.random().toString(36).slice(2, 8)}`, { topic: `${LONG} and more` });
  const bob = await guest(`Bartholomäus ${LONG.slice(0, 30)}`, { rooms: [room], username: `b${Math.random().toString(36).slice(2, 10)}` });
  const first = await bob.says(room, `${LONG} https://example.org/${'x'.repeat(160)}`);
  await ada.says(room, `An answer\n\n- ${LONG}\n- two\n\n> ${LONG}`, { reply_to: first.id });
  const last = await bob.says(room, `\`\`\`js\nconst ${'long'.repeat(40)} = 1;\n\`\`\`\n\n| ${LONG} | b | c | d |\n|---|---|---|---|\n| 1 | 2 | 3 | ${LONG} |`);
  return { ada, room, bob, last };
}

/** What sticks out of the page sideways, beside what scrolls by itself. */
const sticking = (page) =>
  page.evaluate(() => {
    const scrolls = (node) => {
      for (let one = node.parentElement; one; one = one.parentElement) if (/auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX)) return one.getBoundingClientRect();
      return null;
    };
    const found = [];
    if (document.scrollingElement.scrollWidth > innerWidth) found.push(`the page is ${document.scrollingElement.scrollWidth} px wide`);
    for (const node of document.querySelectorAll('#app button, #app a, #app input, #app textarea, #app h1, #app h2, #app article, #app p')) {
      const { left, right, width, height } = node.getBoundingClientRect();
      if (!width || !height || node.closest('.sr, .tools, .skip')) continue;
      const frame = scrolls(node);
      // What scrolls sideways by itself is reached by scrolling; all else has to lie within the window.
      if (frame && (frame.left > left + 1 || frame.right < right - 1) && node.closest('.tw, pre')) continue;
      if (left < -1 || right > innerWidth + 1) found.push(`${node.tagName} ${node.className} "${node.textContent.slice(0, 30)}" from ${Math.round(left)} to ${Math.round(right)}`);
    }
    return found;
  });

const SCREENS = [
  ['/rooms', '.list li'],
  ['/r/999999', '#main h1'],
  ['/settings', '.subnav'],
  ['/settings/profile', '.pane h1'],
  ['/settings/appearance', '.pane h1'],
  ['/settings/notifications', '.pane h1, .subnav'],
  ['/settings/devices', '.pane h1'],
  ['/settings/password', '.pane h1'],
  ['/settings/keyboard', '.keys'],
  ['/mentions', '.pane h1'],
  ['/saved', '.pane h1'],
  ['/threads', '.pane h1'],
];

/** Every screen, with what each looker says about it. */
async function tour(ada, room, look) {
  const { page } = ada;
  ada.expect(answered(404));
  await ada.opens(`/r/${room.id}`);
  await ada.log.and(page.locator('[aria-busy=false]')).waitFor();
  await page.locator('article').last().waitFor();
  await look('a room');
  await page.locator('#details-toggle').click();
  await page.locator('.drawer .pers').first().waitFor();
  await look('details');
  for (const [path, sign] of SCREENS) {
    await ada.opens(path);
    await page.locator('#side').waitFor({ state: 'attached' });
    // Not every address has a page of its own in every width.
    if (new URL(page.url()).pathname !== path) continue;
    await page.locator(sign).first().waitFor({ state: 'attached' });
    await look(path);
  }
}

for (const [name, options, prepare] of [
  ['320 px wide', { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true }],
  ['zoomed to 200 %', { viewport: { width: 640, height: 400 } }],
  ['with the largest text', { viewport: { width: 820, height: 900 } }, () => localStorage.setItem('snug.text', '4')],
  ['from right to left, 320 px wide', { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true, locale: 'ar-EG' }],
  ['from right to left', { viewport: { width: 1440, height: 900 }, locale: 'ar-EG' }],
])
  story(`nothing sticks out: ${name}`, async ({ owner, guest }) => {
    const { ada, room } = await crowded(owner, guest, options);
    if (prepare) await ada.context.addInitScript(prepare);
    const found = [];
    await tour(ada, room, async (where) => found.push(...(await sticking(ada.page)).map((what) => `${where}: ${what}`)));
    assert.deepEqual(found, []);
  });

story('text that is set wider apart is not cut off', async ({ owner, guest }) => {
  const { ada, room } = await crowded(owner, guest, { viewport: { width: 820, height: 900 } });
  await ada.comesTo(room);
  await ada.page.evaluate(() => {
    // As WCAG 1.4.12 has it; the policy allows sheets that scripts construct.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }');
    document.adoptedStyleSheets = [sheet];
  });
  assert.deepEqual(await sticking(ada.page), []);
  const cut = await ada.page.evaluate(() =>
    [...document.querySelectorAll('.b, .btn, .who')].filter((one) => getComputedStyle(one).overflowY !== 'visible' && one.scrollHeight > one.clientHeight + 2).map((one) => one.className),
  );
  assert.deepEqual(cut, []);
});

for (const [name, options, prepare] of [
  ['compact', {}, () => localStorage.setItem('snug.density', '"compact"')],
  ['from right to left', { locale: 'ar-EG' }],
])
  story(`axe finds nothing: ${name}, light and dark`, async ({ owner, guest }) => {
    const { ada, room } = await crowded(owner, guest, { ...device(DESKTOP), ...options });
    if (prepare) await ada.context.addInitScript(prepare);
    const found = [];
    await tour(ada, room, async (where) => found.push(...(await inBothLooks(ada.page, `${name}, ${where}`))));
    assert.deepEqual(found, []);
  });

story('with the system\'s own colours, bubbles and buttons have edges', async ({ owner, guest }) => {
  const { ada, room } = await crowded(owner, guest, { viewport: { width: 1000, height: 800 }, forcedColors: 'active' });
  await ada.comesTo(room);
  const edges = await ada.page.evaluate(() =>
    ['.g:not(.own) .b', '.g.own .b', '.row[aria-current]', '.comp'].map((name) => {
      const { borderTopWidth, outlineWidth, outlineStyle, borderTopStyle } = getComputedStyle(document.querySelector(name));
      return [name, (borderTopStyle !== 'none' && parseFloat(borderTopWidth) > 0) || (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0)];
    }),
  );
  assert.deepEqual(edges.filter(([, seen]) => !seen), []);
});
