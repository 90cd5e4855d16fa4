// The server dies and comes back: no word is lost, none is said twice.
import assert from 'node:assert/strict';
import { house, PASSWORD } from './support/house.mjs';
import { SERVER_AWAY } from './support/browser.mjs';
import { expectFocus, until } from './support/wait.mjs';

const { story, home } = house();

story('the server is killed while Ada writes', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Storm');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  ada.expect(...SERVER_AWAY);
  bob.expect(...SERVER_AWAY);
  await ada.comesTo(room);
  await bob.comesTo(room);
  await ada.writes('before');
  await bob.sees('before');

  // Ten messages in a row, and in their midst the server is gone.
  const words = Array.from({ length: 10 }, (_, n) => `word ${n + 1}`);
  const writing = (async () => {
    for (const [n, word] of words.entries()) {
      if (n === 5) void home.server.kill();
      await ada.writes(word);
    }
  })();
  await writing;
  await ada.page.getByRole('alert').filter({ hasText: 'Offline' }).waitFor();
  await ada.shows(ada.message('word 10'), 'Waiting for connection');
  assert.equal(await ada.message('word 10').getAttribute('data-state'), 'queued');
  await bob.page.getByRole('alert').filter({ hasText: 'Offline' }).waitFor();
  await bob.writes('I am cut off too');
  await ada.composer.pressSequentially('half a thought');
  assert.deepEqual(await ada.reads().then((all) => all.slice(1)), words, 'all stand on the page in their order');

  await home.server.again();
  await ada.button('Try now').click({ timeout: 2000 }).catch(() => {});
  await ada.page.getByText('Back online').waitFor({ timeout: 30_000 });
  await until(() => ada.page.locator('article[data-state=queued], article[data-state=sending]').count(), (count) => count === 0, 'all is sent', 30_000);
  await ada.sees('I am cut off too');
  await bob.sees('word 10');

  const told = (await ada.asks('GET', `/rooms/${room.id}/messages?limit=200`)).messages.filter(({ kind }) => kind === 'text');
  const texts = told.map(({ text }) => text);
  assert.deepEqual(texts.filter((text) => text.startsWith('word')), words, 'once each, in order, on the server');
  assert.equal(texts.filter((text) => text === 'I am cut off too').length, 1);
  for (const person of [ada, bob]) {
    await until(() => person.reads(), (all) => JSON.stringify(all) === JSON.stringify(texts), `${person.user.name} sees what the server has`);
  }
  // What was being written is still there, now and after the page was loaded again.
  assert.equal(await ada.composer.inputValue(), 'half a thought');
  await ada.keepsDraft('half a thought');
  await ada.page.reload();
  await ada.sees('word 10');
  assert.equal(await ada.composer.inputValue(), 'half a thought');
});

story('what waits survives closing the page', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Lock-up');
  ada.expect(...SERVER_AWAY);
  await ada.comesTo(room);
  await home.server.kill();
  await ada.writes('written into the dark');
  await ada.message('written into the dark').and(ada.page.locator('[data-state=queued]')).waitFor();
  await ada.page.close();
  await home.server.again();
  ada.page = await ada.context.newPage();
  await ada.comesTo(room);
  await ada.message('written into the dark').and(ada.page.locator('[data-state=sent]')).waitFor();
  const { messages } = await ada.asks('GET', `/rooms/${room.id}/messages`);
  assert.equal(messages.filter(({ text }) => text === 'written into the dark').length, 1);
});

story('what happened meanwhile is there after the connection came back, once', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Tunnel');
  const other = await ada.makesRoom('Other end');
  const bob = await guest('Bob Larsen', { rooms: [room, other] });
  const kept = await ada.says(room, 'to be edited');
  const doomed = await ada.says(room, 'to be deleted');
  bob.expect(...SERVER_AWAY, /ERR_INTERNET_DISCONNECTED/);
  await bob.comesTo(room);
  await bob.sees('to be deleted');
  const frames = [];
  bob.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(JSON.parse(payload))));

  // A tunnel: the page cannot reach the server, but the server is there for the others.
  await bob.context.setOffline(true);
  await bob.page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await ada.says(room, 'said in the tunnel');
  await ada.asks('PATCH', `/rooms/${room.id}/messages/${kept.id}`, { text: 'edited in the tunnel' });
  await ada.asks('DELETE', `/rooms/${room.id}/messages/${doomed.id}`);
  await ada.says(other, 'and elsewhere');
  await ada.asks('PATCH', `/rooms/${room.id}`, { topic: 'Light at the end' });
  await bob.context.setOffline(false);
  await bob.page.evaluate(() => window.dispatchEvent(new Event('online')));

  await bob.sees('said in the tunnel');
  await bob.sees('edited in the tunnel');
  await bob.shows(bob.byId(doomed), 'Message deleted');
  await bob.shows(bob.row(other), 'unread');
  await bob.shows(bob.page.locator('.head .topic'), 'Light at the end');
  assert.equal((await bob.reads()).length, 3);
  const cursors = frames.filter(({ type }) => type === 'event').map(({ cursor }) => cursor);
  assert.deepEqual(cursors, [...new Set(cursors)].sort((a, b) => a - b), 'each event once, in order');
});

story('a session ended from elsewhere says so and keeps what was written', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Signed out');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  bob.expect(/Failed to load resource: .* 401 /, ...SERVER_AWAY);
  await bob.comesTo(room);
  const { sessions } = await bob.asks('GET', '/auth/sessions');
  await bob.composer.pressSequentially('not sent yet');

  // Bob, at another device, ends all other sessions, in the moment of the last key.
  await bob.asks('DELETE', `/auth/sessions/${sessions.find((one) => one.current).id}`);
  const said = bob.page.getByRole('dialog', { name: 'You are signed out' });
  await said.waitFor();
  await bob.shows(said, 'What you have written is kept here');
  await bob.page.keyboard.press('Escape');
  await bob.page.keyboard.press('Escape');
  assert.ok(await said.isVisible(), 'it cannot be dismissed');
  await expectFocus(said.getByRole('button', { name: 'Sign in again' }));
  await bob.page.keyboard.press('Enter');
  await bob.page.getByLabel('Username').fill(bob.user.username);
  await bob.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await bob.button('Sign in').click();
  await bob.page.getByRole('heading', { name: 'Signed out', level: 1 }).waitFor();
  assert.equal(await bob.composer.inputValue(), 'not sent yet');
  await bob.composer.press('Enter');
  await bob.page.locator('article[data-state=sent]').waitFor();
});
