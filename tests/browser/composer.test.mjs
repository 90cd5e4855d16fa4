// The box where one writes: what it completes, how much it holds, and that an edit is as safe as a draft.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { house } from './support/house.mjs';
import { DESKTOP, PHONE } from './support/browser.mjs';
import { until } from './support/wait.mjs';

const { story } = house();
const axe = await readFile(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

const holds = (person, text) => until(() => person.page.locator('.comp textarea').first().inputValue(), (found) => found === text, `the box holds "${text}"`);
const options = (person) => person.page.getByRole('listbox').getByRole('option');

/** What axe finds on the page. */
async function faults(person) {
  await person.page.evaluate(axe);
  const found = await person.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

story('people, rooms and emoji complete themselves', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Completions');
  const team = await ada.makesRoom('Team talk');
  const zoe = await guest('Zoë Öberg', { rooms: [room] });
  await ada.comesTo(room);

  await ada.composer.pressSequentially('Ask @oeb');
  await options(ada).first().waitFor({ state: 'detached' });
  await ada.composer.fill('');
  await ada.composer.pressSequentially('Ask @ob');
  await options(ada).getByText('Zoë Öberg').waitFor();
  assert.deepEqual(await faults(ada), []);
  await ada.page.keyboard.press('Enter');
  await holds(ada, `Ask @${zoe.user.username} `);

  await ada.composer.pressSequentially('in #tea');
  await options(ada).getByText('Team talk').waitFor();
  await ada.page.keyboard.press('Tab');
  await holds(ada, `Ask @${zoe.user.username} in #Team talk `);

  // Two letters after the colon, no sooner.
  await ada.composer.pressSequentially(':t');
  await options(ada).first().waitFor({ state: 'detached' });
  await ada.composer.pressSequentially('ada');
  await options(ada).first().waitFor();
  await ada.page.keyboard.press('Enter');
  await holds(ada, `Ask @${zoe.user.username} in #Team talk 🎉 `);
  // A whole shortcode becomes its emoji; a time of day does not.
  await ada.composer.pressSequentially('at 10:30: :+1:');
  await holds(ada, `Ask @${zoe.user.username} in #Team talk 🎉 at 10:30: 👍`);
  await ada.page.keyboard.press('Enter');
  const sent = ada.log.locator('article[data-state=sent]').last();
  await sent.getByRole('link', { name: '#Team talk' }).waitFor();
  await sent.locator('.at', { hasText: `@${zoe.user.username}` }).waitFor();
  assert.ok(team.id);

  // Esc leaves the words as they are, and Enter sends them.
  await ada.composer.pressSequentially('to @z');
  await options(ada).first().waitFor();
  await ada.page.keyboard.press('Escape');
  await options(ada).first().waitFor({ state: 'detached' });
  await ada.page.keyboard.press('Enter');
  await ada.message('to @z').waitFor();
});

story('an emoji is chosen by pointer and stands where the caret was', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Faces');
  await ada.comesTo(room);
  await ada.composer.fill('before after');
  await ada.composer.evaluate((box) => box.setSelectionRange(7, 7));
  await ada.button('Emoji').click();
  await ada.dialog.getByRole('searchbox').or(ada.dialog.getByRole('combobox')).or(ada.dialog.locator('input')).first().fill('sailboat');
  await ada.dialog.getByRole('button', { name: /sailboat/i }).or(ada.dialog.getByRole('option', { name: /sailboat/i })).or(ada.dialog.getByRole('gridcell', { name: /sailboat/i })).first().click();
  await holds(ada, 'before ⛵after');
});

story('the box grows to two fifths of the page, then scrolls', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Growing');
  await ada.comesTo(room);
  const height = () => ada.composer.evaluate((box) => box.clientHeight / innerHeight);
  const one = await height();
  for (let n = 0; n < 5; n++) await ada.composer.press('Shift+Enter');
  const six = await height();
  assert.ok(six > one * 2);
  await ada.composer.fill('line\n'.repeat(200));
  assert.ok(Math.abs((await height()) - 0.4) < 0.03, `${await height()}`);
  assert.ok(await ada.composer.evaluate((box) => box.scrollHeight > box.clientHeight * 3));
});

story('how much fits is counted near the end, and beyond it is said', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Full');
  await ada.comesTo(room);
  await ada.composer.fill('x'.repeat(15_000));
  assert.equal(await ada.page.locator('.count').count(), 0);
  await ada.composer.fill('x'.repeat(15_999));
  await ada.shows(ada.page.locator('.count'), '1 character left');
  // An emoji is one character, to the server too.
  await ada.composer.fill(`${'x'.repeat(15_999)}😀`);
  await ada.shows(ada.page.locator('.count'), '0 characters left');
  assert.ok(await ada.button('Send').isEnabled());
  await ada.composer.fill('x'.repeat(16_001));
  await ada.shows(ada.page.locator('.toolong[role=alert]'), 'Too long to send: 16,001 of 16,000 characters.');
  assert.ok(await ada.button('Send').isDisabled());
  await ada.composer.press('Enter');
  assert.equal(await ada.log.getByRole('article').count(), 0);
  await ada.composer.fill('語'.repeat(11_000));
  await ada.shows(ada.page.locator('.toolong[role=alert]'), /Too long to send: 32\.2 of 32 KB/);
  await ada.composer.fill(`${'x'.repeat(15_999)}😀`);
  await ada.composer.press('Enter');
  await ada.log.locator('article[data-state=sent]').waitFor();
});

story('a hint shows how words are formatted, until somebody has seen enough of it', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Hints');
  await ada.comesTo(room);
  const hint = ada.page.locator('.hint');
  assert.equal(await hint.count(), 0);
  await ada.composer.pressSequentially('words');
  await hint.getByRole('button', { name: 'All formatting' }).click();
  const help = ada.page.getByRole('dialog', { name: 'Formatting' });
  await help.locator('dd strong', { hasText: 'bold' }).waitFor();
  await help.locator('dd del').waitFor();
  await help.locator('dd .c-key').waitFor();
  assert.deepEqual(await faults(ada), []);
  await ada.isPhotographed('formatting help');
  await ada.page.keyboard.press('Escape');
  await ada.isPhotographed('formatting hint');
  await ada.composer.focus();
  await hint.getByRole('button', { name: 'Hide this hint' }).click();
  await until(() => hint.count(), (count) => count === 0, 'the hint is gone');
  assert.equal(await ada.composer.evaluate((box) => box === document.activeElement), true);
  await until(() => ada.asks('GET', '/me'), ({ settings }) => settings.composer?.hints === false, 'on every device');
  await ada.asks('PATCH', '/me', { settings: { composer: null } });
});

story('an edit survives a reload and a look into another room', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Edited');
  const other = await ada.makesRoom('Elsewhere');
  const { id } = await ada.says(room, 'The first words');
  await ada.comesTo(room);
  await ada.byId(id).waitFor();
  await ada.composer.pressSequentially('a draft');
  await ada.composer.fill('');
  await ada.composer.press('ArrowUp');
  const box = ada.page.getByRole('textbox', { name: 'Edit message' });
  await box.fill('The first words, said better');
  await ada.page.reload();
  await box.waitFor();
  await holds(ada, 'The first words, said better');
  await ada.row(other).click();
  await ada.page.getByRole('heading', { name: 'Elsewhere', level: 1 }).waitFor();
  assert.equal(await ada.composer.inputValue(), '');
  await ada.row(room).click();
  await box.waitFor();
  await holds(ada, 'The first words, said better');
  await box.press('Enter');
  await ada.byId(id).getByText('edited').waitFor();
  await ada.shows(ada.byId(id), 'The first words, said better');
  await ada.page.reload();
  await ada.composer.waitFor();
  await holds(ada, '');
});

story('keys write marks around words, and take them off again', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Marks');
  await ada.comesTo(room);
  for (const [key, mark] of [['Control+b', '**'], ['Control+i', '_'], ['Control+e', '`'], ['Control+Shift+X', '~~']]) {
    await ada.composer.fill('some words here');
    await ada.composer.evaluate((one) => one.setSelectionRange(5, 10));
    await ada.page.keyboard.press(key);
    await holds(ada, `some ${mark}words${mark} here`);
    await until(() => ada.composer.evaluate((one) => one.value.slice(one.selectionStart, one.selectionEnd)), (found) => found === 'words', 'the words stay chosen');
    await ada.page.keyboard.press(key);
    await holds(ada, 'some words here');
  }
});

story('on a phone Enter makes a new line, and the button sends', async ({ owner }) => {
  const ada = await owner(PHONE);
  const room = await ada.makesRoom('Thumbs');
  await ada.comesTo(room);
  await ada.composer.tap();
  await ada.composer.pressSequentially('one');
  await ada.page.keyboard.press('Enter');
  await ada.composer.pressSequentially('two');
  await holds(ada, 'one\ntwo');
  await ada.fits('the box with a hint');
  await ada.isPhotographed('composer phone');
  await ada.button('Send').tap();
  await ada.message('one').and(ada.page.locator('[data-state=sent]')).waitFor();
});

story('while an input method composes, Enter is its own', async ({ owner }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Kana');
  await ada.comesTo(room);
  await ada.composer.focus();
  const session = await ada.context.newCDPSession(ada.page);
  await session.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
  await holds(ada, 'にほん');
  await ada.composer.evaluate((box) => box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })));
  assert.equal(await ada.log.getByRole('article').count(), 0);
  await session.send('Input.insertText', { text: '日本' });
  await holds(ada, '日本');
  await ada.composer.press('Enter');
  await ada.message('日本').waitFor();
});
