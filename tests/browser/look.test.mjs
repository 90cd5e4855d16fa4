// Theme, text size and density: chosen once, there before the first paint.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();
const DARK = '(prefers-color-scheme: dark)';

/** Lightness of the page's ground, in each frame from the first that has a body. */
const watchGround = (context) =>
  context.addInitScript(() => {
    window.grounds = [];
    const look = () => {
      if (document.body) window.grounds.push(getComputedStyle(document.body).backgroundColor);
      if (window.grounds.length < 60) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });

const grounds = async (person) => {
  const seen = await until(() => person.page.evaluate(() => window.grounds), (all) => all.length >= 20, 'frames');
  return [...new Set(seen)];
};
const isDark = (colour) => {
  const [first] = colour.match(/[\d.]+/g).map(Number);
  return colour.startsWith('oklch') || colour.startsWith('oklab') ? first < 0.5 : first < 128;
};

for (const [system, cookie, dark] of [
  ['light', null, false],
  ['dark', null, true],
  ['light', 'dark', true],
  ['dark', 'light', false],
  ['dark', 'system', true],
])
  story(`a ${system} system and the choice ${cookie ?? 'not made'}: ${dark ? 'dark' : 'light'} from the first frame`, async ({ visitor, owner }) => {
    await (await owner()).goes();
    const ada = await visitor({ viewport: { width: 1000, height: 700 }, colorScheme: system });
    await watchGround(ada.context);
    if (cookie) await ada.context.addCookies([{ name: 'theme', value: cookie, url: ada.url }]);
    await ada.opens('/login');
    const seen = await grounds(ada);
    assert.deepEqual(seen.map(isDark), [dark], `one ground, and ${dark ? 'dark' : 'light'}: ${seen}`);
    const media = await ada.page.locator('#dark').getAttribute('media');
    assert.equal(media, { dark: 'all', light: 'not all' }[cookie] ?? DARK);
  });

story('the switches of the page', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Looks');
  await ada.says(room, 'a bubble');
  await ada.opens('/settings/appearance');
  const ground = async () => isDark(await ada.page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  const cookie = async () => (await ada.context.cookies()).find(({ name }) => name === 'theme')?.value;
  assert.equal(await ground(), false);
  await ada.page.getByRole('radio', { name: 'Dark' }).check({ force: true });
  assert.equal(await ground(), true);
  assert.equal(await cookie(), 'dark');
  await ada.page.reload();
  await ada.page.getByRole('radio', { name: 'Dark' }).waitFor({ state: 'attached' });
  assert.ok(await ada.page.getByRole('radio', { name: 'Dark' }).isChecked());
  assert.equal(await ground(), true);

  // The system's wish is followed while the page is open.
  await ada.page.getByRole('radio', { name: 'Match system' }).check({ force: true });
  assert.equal(await ground(), false);
  await ada.page.emulateMedia({ colorScheme: 'dark' });
  assert.equal(await ground(), true);
  await ada.page.emulateMedia({ colorScheme: 'light' });
  await ada.button('Switch theme').click();
  assert.equal(await ground(), true);
  await ada.button('Switch theme').click();
  assert.equal(await ground(), false);

  // Text size is of the whole page, and kept.
  const size = ada.page.getByLabel('Text size');
  await size.focus();
  for (let steps = 0; steps < 3; steps++) await ada.page.keyboard.press('ArrowRight');
  await until(() => ada.page.evaluate(() => getComputedStyle(document.documentElement).fontSize), (px) => px === '24px', 'largest');
  assert.equal(await size.getAttribute('aria-valuetext'), 'Largest');
  await ada.page.keyboard.press('Home');
  await until(() => ada.page.evaluate(() => getComputedStyle(document.documentElement).fontSize), (px) => px === '14px', 'smallest');

  await ada.page.getByRole('radio', { name: 'Compact' }).check({ force: true });
  await ada.comesTo(room);
  assert.equal(await ada.page.evaluate(() => document.documentElement.dataset.density), 'compact');
  assert.equal(await ada.page.evaluate(() => getComputedStyle(document.documentElement).fontSize), '14px');
  const ground2 = await ada.message('a bubble').locator('.b').evaluate((one) => getComputedStyle(one).backgroundColor);
  assert.match(ground2, /, 0\)|\/ 0\)|transparent/, 'no bubbles in compact');

  // Ctrl+Enter as the key that sends.
  await ada.opens('/settings/appearance');
  await ada.page.getByRole('radio', { name: 'Ctrl Enter' }).check({ force: true });
  await ada.comesTo(room);
  await ada.composer.fill('two');
  await ada.composer.press('Enter');
  await ada.composer.pressSequentially('lines');
  await ada.composer.press('Control+Enter');
  await ada.shows(ada.log, /two\nlines/);
});

story('who wants less motion gets none', async ({ owner }) => {
  const ada = await owner({ viewport: { width: 1000, height: 700 }, reducedMotion: 'reduce' });
  const room = await ada.makesRoom('Stillness');
  await ada.comesTo(room);
  await ada.page.keyboard.press('Control+k');
  await ada.dialog.waitFor();
  const moving = await ada.page.evaluate(() =>
    document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 20).map((one) => one.animationName ?? one.transitionProperty),
  );
  assert.deepEqual(moving, []);
});
