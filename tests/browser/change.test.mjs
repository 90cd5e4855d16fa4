// Messages after they were sent: edited, deleted, answered.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { expectFocus, until } from './support/wait.mjs';

const { story } = house();

story('a message is edited by the arrow key and by its menu', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Edits');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await ada.comesTo(room);
  await bob.comesTo(room);
  await ada.writes('helo');
  await ada.page.locator('article[data-state=sent]').waitFor();
  await bob.says(room, 'mine');
  await ada.sees('mine');

  await expectFocus(ada.composer);
  await ada.page.keyboard.press('ArrowUp');
  const box = ada.page.getByRole('textbox', { name: 'Edit message' });
  await box.waitFor();
  assert.equal(await box.inputValue(), 'helo', 'the last own message, not that of Bob');
  await box.fill('hello');
  await box.press('Enter');
  await bob.sees('hello');
  await bob.shows(bob.message('hello'), 'edited');
  await ada.shows(ada.message('hello'), 'edited');
  assert.equal(await ada.composer.inputValue(), '');

  // By the toolbar; Esc leaves it as it was, and what was being written is back.
  await ada.composer.fill('a thought');
  await ada.message('hello').hover();
  await ada.button('Edit').click();
  await box.fill('never');
  await box.press('Escape');
  await ada.composer.waitFor();
  assert.equal(await ada.composer.inputValue(), 'a thought');
  assert.equal(await bob.message('never').count(), 0);

  // Of others there is no edit.
  await ada.message('mine').hover();
  await ada.button('More').click();
  await ada.menu.waitFor();
  const offered = (await ada.menu.getByRole('menuitem').allInnerTexts()).map((text) => text.split('\n')[0].trim());
  const has = (name) => offered.some((text) => text.startsWith(name));
  for (const name of ['Reply', 'Add reaction', 'Pin', 'Save for later', 'Copy text', 'Copy link', 'Delete']) assert.ok(has(name), `${name} among ${offered}`);
  assert.ok(!has('Edit'), `${offered}`);
  await ada.page.keyboard.press('Escape');
  await ada.menu.waitFor({ state: 'hidden' });
});

story('a deleted message is gone for everybody, in quotes too', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Deletes');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  const secret = await ada.says(room, 'a secret slipped out');
  await bob.says(room, 'oh', { reply_to: secret.id });
  await ada.comesTo(room);
  await bob.comesTo(room);
  await bob.shows(bob.message('oh'), 'a secret slipped out');
  await ada.byId(secret).hover();
  await ada.button('More').click();
  await ada.page.getByRole('menuitem', { name: 'Delete' }).click();
  await ada.page.getByRole('dialog', { name: 'Delete this message?' }).getByRole('button', { name: 'Delete' }).click();
  for (const person of [ada, bob]) {
    await person.shows(person.byId(secret), 'Message deleted');
    await until(() => person.page.locator('body').innerText(), (text) => !text.includes('a secret'), 'the words are nowhere');
  }
});

story('a reply carries a quote, and the quote leads back', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Replies');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  const question = await ada.says(room, 'Which **colour** shall the boat be?');
  for (let n = 1; n <= 90; n++) await ada.says(room, `in between ${n}`);
  await bob.comesTo(room, question.id);
  await bob.byId(question).and(bob.page.locator('.flash')).waitFor();
  await bob.byId(question).hover();
  await bob.button('Reply').click();
  await bob.page.getByText('Replying to Ada Berg').waitFor();
  await bob.composer.fill('Green');
  await bob.composer.press('Enter');
  await ada.comesTo(room);
  const quote = ada.message('Green').getByRole('button', { name: /Ada Berg/ });
  await ada.shows(quote, 'Which colour shall the boat be?');
  assert.equal(await ada.byId(question).count(), 0, 'the question is far above');
  await quote.click();
  await ada.byId(question).and(ada.page.locator('.flash')).waitFor();
  assert.ok(await ada.byId(question).evaluate((one) => {
    const box = one.closest('.scroll').getBoundingClientRect();
    const own = one.getBoundingClientRect();
    return own.top >= box.top && own.bottom <= box.bottom;
  }), 'it is in sight');
  await ada.page.getByRole('button', { name: /^(Jump to present|1 new message)$/ }).click();
  await ada.message('Green').waitFor();
  await until(() => ada.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight), (left) => left < 2, 'at the end');
});

story('the keys of a message: reply, edit, delete', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Keys of a message');
  await ada.says(room, 'first');
  await ada.says(room, 'second');
  await ada.comesTo(room);
  await ada.sees('second');
  // Past the button that attaches.
  await ada.page.keyboard.press('Shift+Tab');
  await expectFocus(ada.button('Attach'));
  await ada.page.keyboard.press('Shift+Tab');
  await until(() => ada.page.evaluate(() => document.activeElement?.closest('article') !== null), Boolean, 'the focus is at a message');
  await ada.byId((await ada.asks('GET', `/rooms/${room.id}/messages?limit=1`)).messages[0]).focus();
  await ada.page.keyboard.press('ArrowUp');
  await expectFocus(ada.message('first'));
  await ada.page.keyboard.press('e');
  assert.equal(await ada.page.getByRole('textbox', { name: 'Edit message' }).inputValue(), 'first');
  await ada.page.keyboard.press('Escape');
  await ada.message('first').focus();
  await ada.page.keyboard.press('r');
  await ada.page.getByText('Replying to').waitFor();
  await ada.page.keyboard.press('Escape');
  await ada.message('first').focus();
  await ada.page.keyboard.press('Delete');
  await ada.page.getByRole('dialog', { name: 'Delete this message?' }).waitFor();
  await ada.page.keyboard.press('Escape');
  await ada.dialog.waitFor({ state: 'hidden' });
  await expectFocus(ada.message('first'), 'the focus comes back');
  // Any other letter goes to where words are written.
  await ada.page.keyboard.press('h');
  await until(() => ada.composer.inputValue(), (text) => text === 'h', 'the letter is in the composer');
});
