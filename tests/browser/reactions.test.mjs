// What people do with a message that is there: react, with an emoji chosen by pointer, thumb and keyboard.
import assert from 'node:assert/strict';
import { PHONE } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

/** The pills under a message, as "emoji count", one's own in brackets. */
const pills = (person, message) =>
  person
    .byId(message)
    .locator('.rx button[aria-pressed]')
    .evaluateAll((all) => all.map((one) => (one.ariaPressed === 'true' ? `[${one.innerText.replace(/\s+/g, ' ').trim()}]` : one.innerText.replace(/\s+/g, ' ').trim())));
const shows = (person, message, wanted) => until(() => pills(person, message), (found) => found.join() === wanted.join(), `the pills ${wanted}`);
const tool = (person, message, name) => person.byId(message).getByRole('toolbar').getByRole('button', { name, exact: true });
const picker = (person) => person.page.getByRole('dialog', { name: 'Choose an emoji' });

story('two people react, see each other do it, and take it back', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Cake');
  const ben = await guest('Ben Okafor', { rooms: [room] });
  const said = await ada.says(room, 'Shall I bring cake?');
  await ada.comesTo(room);
  await ben.comesTo(room);
  await ben.byId(said).hover();
  await tool(ben, said, 'React with 👍').click();
  await shows(ben, said, ['[👍 1]']);
  await shows(ada, said, ['👍 1']);
  await ada.byId(said).locator('.rx button').first().click();
  await shows(ada, said, ['[👍 2]']);
  await shows(ben, said, ['[👍 2]']);
  // Who it was is told to a pointer that rests there.
  await ben.byId(said).locator('.rx button').first().hover();
  await ben.shows(ben.page.getByRole('tooltip'), 'You and Ada Berg');
  await ben.byId(said).locator('.rx button').first().click();
  await shows(ben, said, ['👍 1']);
  await shows(ada, said, ['[👍 1]']);
  // It is there after a reload too, and gone with the words.
  await ben.comesTo(room);
  await shows(ben, said, ['👍 1']);
  await ada.asks('DELETE', `/rooms/${room.id}/messages/${said.id}`);
  await shows(ben, said, []);
});

story('an emoji is searched, chosen by the keyboard alone, and used again', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Keys');
  const ben = await guest('Ben Okafor', { rooms: [room] });
  const said = await ben.says(room, 'The ship is in');
  await ada.comesTo(room);
  await ada.byId(said).focus();
  await ada.page.keyboard.press('+');
  await picker(ada).waitFor();
  await picker(ada).locator('[data-emoji]').first().waitFor();
  await ada.page.keyboard.type('sailb');
  const best = picker(ada).getByRole('button', { name: 'sailboat', exact: true });
  await best.waitFor();
  await ada.page.keyboard.press('ArrowDown');
  assert.equal(await best.evaluate((one) => one === document.activeElement), true);
  await ada.page.keyboard.press('Enter');
  await picker(ada).waitFor({ state: 'detached' });
  await shows(ada, said, ['[⛵ 1]']);
  assert.equal(await ada.byId(said).evaluate((one) => one === document.activeElement), true, 'the focus is back at the message');
  // The grid: right, down, up again, and back into the search.
  await ada.page.keyboard.press('+');
  const cells = picker(ada).locator('[data-emoji]');
  await cells.first().waitFor();
  const focused = () => ada.page.evaluate(() => document.activeElement.dataset.emoji ?? document.activeElement.type);
  await ada.page.keyboard.press('ArrowDown');
  assert.equal(await focused(), '⛵', 'what was used last comes first');
  await ada.page.keyboard.press('ArrowDown');
  const below = await focused();
  await ada.page.keyboard.press('ArrowRight');
  assert.notEqual(await focused(), below);
  await ada.page.keyboard.press('ArrowLeft');
  assert.equal(await focused(), below);
  await ada.page.keyboard.press('ArrowUp');
  await ada.page.keyboard.press('ArrowUp');
  assert.equal(await focused(), 'search');
  await ada.page.keyboard.type('qqqq');
  await ada.shows(picker(ada), /No emoji is called that/);
  await ada.page.keyboard.press('Escape');
  await picker(ada).waitFor({ state: 'detached' });
});

story('a skin tone holds for every emoji, on every device', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Tones');
  const said = await ada.says(room, 'Who comes along?');
  await ada.comesTo(room);
  await ada.byId(said).hover();
  await tool(ada, said, 'Add reaction').click();
  await picker(ada).getByRole('button', { name: /^Skin tone/ }).click();
  const kept = ada.page.waitForResponse((answer) => answer.url().endsWith('/api/v1/me') && answer.request().method() === 'PATCH');
  await picker(ada).getByRole('button', { name: 'Medium dark', exact: true }).click();
  await kept;
  await picker(ada).getByRole('searchbox').fill('raised hand');
  await picker(ada).getByRole('button', { name: 'raised hand', exact: true }).click();
  await shows(ada, said, ['[✋🏾 1]']);
  const { settings } = await ada.asks('GET', '/me');
  assert.equal(settings.emoji.tone, 4);
  await until(async () => (await ada.asks('GET', '/me')).settings.emoji.recent?.[0]?.[0], (last) => last === '✋🏾', 'it is remembered');
});

story('a thumb that rests on a message finds the same, from below', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Thumbs');
  const ben = await guest('Ben Okafor', { rooms: [room], device: PHONE });
  const said = await ada.says(room, 'Look at this');
  await ada.comesTo(room);
  await ben.comesTo(room);
  const rest = (locator) =>
    locator.evaluate((one) => {
      const { x, y } = one.getBoundingClientRect();
      const touch = new Touch({ identifier: 1, target: one, clientX: x + 9, clientY: y + 9 });
      one.dispatchEvent(new TouchEvent('touchstart', { touches: [touch], bubbles: true, cancelable: true }));
    });
  await rest(ben.byId(said).locator('.b'));
  await ben.menu.getByRole('menuitem', { name: 'React with ❤️' }).click();
  await shows(ben, said, ['[❤️ 1]']);
  await shows(ada, said, ['❤️ 1']);
  await rest(ben.byId(said).locator('.b'));
  await ben.menu.getByRole('menuitem', { name: 'Add reaction' }).click();
  await picker(ben).locator('[data-emoji]').first().waitFor();
  await ben.fits('the emoji from below');
  const sheet = await picker(ben).locator('.emob').boundingBox();
  assert.equal(Math.round(sheet.y + sheet.height), PHONE.viewport.height, 'it stands on the lower edge');
  await picker(ben).getByRole('button', { name: 'grinning face', exact: true }).click();
  await shows(ben, said, ['[❤️ 1]', '[😀 1]']);
  // A thumb that rests on a pill asks who gave it.
  await rest(ben.byId(said).locator('.rx button').first());
  await ben.shows(ben.page.getByRole('dialog', { name: 'Who reacted' }), /❤️ 1\s*(B\w*\s*)?Ben Okafor/);
});

story('nobody reacts in a room that is put away, and a refusal takes back what was shown', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Archive');
  const ben = await guest('Ben Okafor', { rooms: [room] });
  const said = await ada.says(room, 'The last word');
  await ada.asks('PUT', `/rooms/${room.id}/messages/${said.id}/reactions/${encodeURIComponent('🎉')}`);
  await ben.comesTo(room);
  await ben.page.route('**/reactions/**', (route) => route.fulfill({ status: 429, headers: { 'retry-after': '2' }, json: { status: 429, code: 'too_many' } }));
  ben.expect(/429/, /403/);
  await ben.byId(said).locator('.rx button').first().click();
  await ben.shows(ben.page.locator('.toast'), /again/);
  await shows(ben, said, ['🎉 1']);
  await ada.asks('PATCH', `/rooms/${room.id}`, { archived: true });
  await until(() => ben.byId(said).locator('.rx .add').count(), (count) => count === 0, 'no reaction can be added');
  await ben.byId(said).hover();
  assert.equal(await ben.byId(said).getByRole('button', { name: /React/ }).count(), 0);
});

story('an emoji goes into what is being written, where the caret is, and into what one says of oneself', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Words');
  await ada.comesTo(room);
  await ada.composer.fill('We sail  tomorrow');
  await ada.composer.evaluate((area) => area.setSelectionRange(8, 8));
  await ada.button('Emoji').click();
  await picker(ada).getByRole('searchbox').fill('sailboat');
  // Before the search it may stand among the recent ones, too.
  await until(() => picker(ada).getByRole('button', { name: 'sailboat', exact: true }).count(), (count) => count === 1, 'it is found');
  await ada.page.keyboard.press('Enter');
  await until(() => ada.composer.inputValue(), (text) => text === 'We sail ⛵ tomorrow', 'it stands where the caret was');
  await ada.page.keyboard.type('!');
  assert.equal(await ada.composer.inputValue(), 'We sail ⛵! tomorrow', 'and one goes on writing behind it');
  await ada.opens('/settings/profile');
  await ada.page.getByRole('button', { name: /^Status emoji/ }).click();
  await picker(ada).getByRole('button', { name: 'sailboat', exact: true }).first().click();
  await ada.page.getByRole('button', { name: 'Status emoji ⛵' }).waitFor();
});

story('the tools of a message stay in sight where its top has gone under the head', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Tall');
  const ben = await guest('Ben Okafor', { rooms: [room] });
  const tall = Array.from({ length: 20 }, (_, n) => `line ${n + 1}`).join('\n\n');
  const [own, other] = [await ada.says(room, tall), await ben.says(room, tall)];
  await ada.says(room, `${tall}\n\nthe end`);
  await ada.comesTo(room);
  for (const message of [own, other]) {
    const bubble = ada.byId(message).locator('.b');
    await bubble.evaluate((one) => (document.getElementById('messages').scrollTop += one.getBoundingClientRect().top - document.getElementById('messages').getBoundingClientRect().top + 40));
    const width = (await bubble.boundingBox()).width;
    const list = await ada.log.boundingBox();
    await ada.page.mouse.move((await bubble.boundingBox()).x + 30, list.y + 90);
    const tools = ada.byId(message).getByRole('toolbar');
    await tools.waitFor();
    const box = await tools.boundingBox();
    assert.ok(box.y >= list.y && box.y < list.y + 40, `at the top edge: ${JSON.stringify(box)}`);
    assert.ok(box.x >= list.x && box.x + box.width <= list.x + list.width);
    assert.equal((await bubble.boundingBox()).width, width, 'the bubble keeps its width');
    await tool(ada, message, 'Add reaction').click();
    await picker(ada).waitFor();
    await ada.page.keyboard.press('Escape');
  }
});
