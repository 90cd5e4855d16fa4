// Words not sent yet: they survive, follow their author, and are never overwritten while somebody types.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { SERVER_AWAY } from './support/browser.mjs';
import { until } from './support/wait.mjs';

const { story, home } = house();
const OFFLINE = [...SERVER_AWAY, /ERR_INTERNET_DISCONNECTED/];

/** What the box holds, once it does. */
const holds = (person, text) => until(() => person.composer.inputValue(), (found) => found === text, `the box holds "${text}"`);
/** The server keeps these unsent words for a room, or none. */
const keptFor = (person, room, text) =>
  until(
    () => person.asks('GET', '/me/drafts').then(({ drafts }) => drafts.find((one) => one.room === room.id)?.text ?? ''),
    (found) => found === text,
    `the server has "${text}"`,
  );

/** What is kept in the browser outside of databases. */
const shelf = (person) => person.page.evaluate(() => Object.keys(localStorage).filter((key) => /draft|outbox|late/.test(key)));

story('a draft follows to another device, with what it answers, and sending clears it everywhere', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Two desks');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  const asked = await bob.says(room, 'Shall we meet at nine?');
  const laptop = await owner();
  const elsewhere = await ada.makesRoom('Another room');
  await ada.comesTo(room);
  await laptop.comesTo(elsewhere);

  await ada.composer.focus();
  await ada.page.keyboard.press('Shift+ArrowUp');
  await ada.page.getByText('Replying to Bob Larsen').waitFor();
  await ada.composer.pressSequentially('Nine is early');
  // In the list of the other device: a pencil and the words.
  await laptop.row(room).locator('.draft').waitFor();
  await laptop.goesTo(room);
  await holds(laptop, 'Nine is early');
  await laptop.page.getByText('Replying to Bob Larsen').waitFor();

  // It goes on there, and the first device follows while nobody types on it.
  await laptop.composer.press('End');
  await laptop.composer.pressSequentially(', ten?');
  await holds(ada, 'Nine is early, ten?');

  await laptop.composer.press('Enter');
  const sent = laptop.message('Nine is early, ten?').and(laptop.page.locator('[data-state=sent]'));
  await sent.waitFor();
  await laptop.shows(sent.locator('.q'), 'Shall we meet at nine?');
  await holds(ada, '');
  await ada.sees('Nine is early, ten?');
  assert.equal(await ada.page.getByText('Replying to').count(), 0);
  await keptFor(ada, room, '');
  assert.equal((await bob.asks('GET', `/rooms/${room.id}/messages/${asked.id}`)).id, asked.id);
});

story('what is typed here is never overwritten by what comes from elsewhere', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Both at once');
  const phone = await owner();
  await ada.comesTo(room);
  await ada.composer.pressSequentially('typed here');
  await phone.asks('PUT', '/me/drafts', { room: room.id, text: 'typed on the phone' });
  // The later words win, and these are the ones under the fingers.
  await ada.composer.pressSequentially(' and on');
  await keptFor(ada, room, 'typed here and on');
  assert.equal(await ada.composer.inputValue(), 'typed here and on');
  // A message sent from elsewhere takes away the draft there; what is being typed here stays.
  await ada.composer.pressSequentially(', still');
  await phone.says(room, 'sent from the phone');
  await ada.sees('sent from the phone');
  await keptFor(ada, room, 'typed here and on, still');
  assert.equal(await ada.composer.inputValue(), 'typed here and on, still');
});

story('words written while a message is on its way are not taken with it', async ({ owner }) => {
  const ada = await owner();
  ada.expect(...OFFLINE);
  const room = await ada.makesRoom('In between');
  await ada.comesTo(room);
  await ada.composer.pressSequentially('the first');
  await keptFor(ada, room, 'the first');
  await ada.context.setOffline(true);
  await ada.page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await ada.composer.press('Enter');
  await ada.composer.pressSequentially('the second');
  await ada.keepsDraft('the second');
  await ada.context.setOffline(false);
  await ada.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await ada.message('the first').and(ada.page.locator('[data-state=sent]')).waitFor();
  await keptFor(ada, room, 'the second');
  assert.equal(await ada.composer.inputValue(), 'the second');
  await ada.page.reload();
  await ada.sees('the first');
  await holds(ada, 'the second');
});

story('the last words before a reload are there after it, and each room has its own', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Cut short');
  const other = await ada.makesRoom('Left alone');
  await ada.comesTo(other);
  await ada.composer.pressSequentially('for later');
  await ada.goesTo(room);
  assert.equal(await ada.composer.inputValue(), '');
  await ada.shows(ada.row(other), 'draft');
  await ada.composer.pressSequentially('in the last moment');
  await ada.page.reload();
  await ada.composer.waitFor();
  await holds(ada, 'in the last moment');
  await ada.goesTo(other);
  await holds(ada, 'for later');
  // What was written down in haste is in the database now.
  await until(() => shelf(ada), (keys) => !keys.length, 'nothing is left over');
});

story('two windows send what was written in them once, and one takes over when the other is gone', async ({ owner }) => {
  const ada = await owner();
  ada.expect(...OFFLINE);
  const room = await ada.makesRoom('Side by side');
  await ada.comesTo(room);
  const first = ada.page;
  const second = await ada.context.newPage();
  await second.goto(`${ada.url}/r/${room.id}`);
  await second.getByRole('textbox', { name: /^Message / }).waitFor();
  await home.server.kill();
  await first.bringToFront();
  for (const text of ['one', 'two', 'three']) await ada.writes(text);
  await ada.message('three').and(first.locator('[data-state=queued]')).waitFor();
  // Its words are its own: the other window does not show them as waiting there.
  assert.equal(await second.locator('article[data-state=queued]').count(), 0);
  await first.close();
  await home.server.again();
  ada.page = second;
  await second.reload();
  await ada.message('three').and(second.locator('[data-state=sent]')).waitFor();
  const { messages } = await ada.asks('GET', `/rooms/${room.id}/messages`);
  assert.deepEqual(messages.filter(({ kind }) => kind === 'text').map(({ text }) => text), ['one', 'two', 'three']);
});

story('what was refused stays until its author acts: tried again, or taken back to the box', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Refused');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  bob.expect(...OFFLINE);
  await bob.comesTo(room);
  await bob.context.setOffline(true);
  await bob.page.evaluate(() => window.dispatchEvent(new Event('offline')));
  for (const text of ['too late', 'later still']) await bob.writes(text);
  await ada.asks('PATCH', `/rooms/${room.id}`, { archived: true });
  await bob.context.setOffline(false);
  await bob.page.evaluate(() => window.dispatchEvent(new Event('online')));
  const failed = bob.page.locator('[data-state=failed]');
  await bob.shows(bob.message('too late').and(failed), /Not sent\. This room is archived/);
  await bob.message('later still').and(failed).waitFor();
  await bob.page.reload();
  await bob.message('too late').and(failed).waitFor();

  await ada.asks('PATCH', `/rooms/${room.id}`, { archived: false });
  await bob.composer.waitFor();
  await bob.message('too late').and(failed).getByRole('button', { name: 'Try again' }).click();
  await bob.message('too late').and(bob.page.locator('[data-state=sent]')).waitFor();
  await bob.message('later still').and(failed).getByRole('button', { name: 'Delete' }).click();
  await holds(bob, 'later still');
  assert.deepEqual(await bob.reads(), ['too late']);
});

story('a thread has words of its own, kept and sent like those of its room', async ({ owner }) => {
  const ada = await owner();
  ada.expect(...OFFLINE);
  const room = await ada.makesRoom('Beside');
  const root = await ada.says(room, 'the root');
  await ada.says(room, 'the first answer', { thread: root.id });
  await ada.comesTo(room);
  await ada.composer.pressSequentially('for the room');
  await ada.byId(root).getByRole('button', { name: '1 reply' }).click();
  const drawer = ada.page.getByRole('complementary', { name: 'Thread' });
  const box = drawer.getByRole('textbox');
  await box.waitFor();
  assert.equal(await box.inputValue(), '');
  await box.pressSequentially('for the thread');
  await ada.keepsDraft('for the thread');
  await ada.page.reload();
  await ada.byId(root).getByRole('button', { name: '1 reply' }).click();
  await until(() => box.inputValue(), (text) => text === 'for the thread', 'the thread has its own');
  await holds(ada, 'for the room');
  await until(() => ada.asks('GET', '/me/drafts'), ({ drafts }) => drafts.some((one) => one.thread === root.id && one.text === 'for the thread'), 'the server has it too');

  // Without a connection it waits in the thread, and the room's draft stays where it is.
  await ada.context.setOffline(true);
  await ada.page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await box.press('Enter');
  const answer = drawer.getByRole('article').filter({ hasText: 'for the thread' });
  await answer.and(ada.page.locator('[data-state=queued]')).waitFor();
  assert.equal(await ada.page.locator('#messages article', { hasText: 'for the thread' }).count(), 0);
  await ada.context.setOffline(false);
  await ada.page.evaluate(() => window.dispatchEvent(new Event('online')));
  await answer.and(ada.page.locator('[data-state=sent]')).waitFor();
  await until(() => ada.asks('GET', '/me/drafts'), ({ drafts }) => !drafts.some((one) => one.thread === root.id), 'its draft is gone');
  await holds(ada, 'for the room');
  await keptFor(ada, room, 'for the room');
});

story('signing out leaves nothing behind', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Leaving');
  await ada.comesTo(room);
  await ada.composer.pressSequentially('not for the next person');
  await ada.keepsDraft('not for the next person');
  await ada.opens('/settings');
  await ada.page.getByRole('button', { name: 'Sign out' }).first().click();
  await ada.dialog.getByRole('button', { name: 'Sign out' }).click();
  await ada.page.getByLabel('Username').waitFor();
  await until(() => ada.page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name)), (names) => !names.length, 'no database is left');
  assert.deepEqual(await shelf(ada), []);
});
