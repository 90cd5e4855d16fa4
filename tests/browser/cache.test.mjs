// What this browser keeps: the first look without waiting, reading without a network, and nothing after signing out.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { SERVER_AWAY } from './support/browser.mjs';
import { until } from './support/wait.mjs';

const { story, home } = house();

/** Waits until the browser keeps the client and the end of a room. */
async function isKept(person, room, text) {
  await person.page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  const kept = ([id, room]) =>
    new Promise((done) => {
      const request = indexedDB.open(`snug-${id}`);
      request.onsuccess = () => {
        const database = request.result;
        const read = (store, key) => new Promise((next) => (database.transaction(store).objectStore(store).get(key).onsuccess = (event) => next(event.target.result)));
        Promise.all([read('tail', room), read('meta', 'snapshot')]).then((all) => (database.close(), done(JSON.stringify(all))));
      };
    });
  await until(() => person.page.evaluate(kept, [person.user.id, room.id]), (all) => all.includes(text) && all.includes('"rooms"'), 'it is kept');
}

story('a room is on the screen before the server has answered', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('At once');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await ada.says(room, 'said before');
  await bob.comesTo(room);
  await bob.sees('said before');
  await bob.hasRead(room);
  await isKept(bob, room, 'said before');
  await bob.page.goto('about:blank');
  await ada.says(room, 'said meanwhile');

  // The server takes its time: nobody waits for it.
  let go;
  const held = new Promise((next) => (go = next));
  await bob.context.route('**/api/v1/sync', async (route) => (await held, route.continue()));
  await bob.opens(`/r/${room.id}`);
  await bob.sees('said before');
  await bob.page.getByRole('heading', { name: 'At once', level: 1 }).waitFor();
  assert.equal(await bob.message('said meanwhile').count(), 0);
  go();
  await bob.sees('said meanwhile');
  await bob.isOnline();
  assert.deepEqual(await bob.reads(), ['said before', 'said meanwhile']);
  await bob.page.getByRole('separator', { name: 'New messages' }).waitFor();
});

story('one reads on without a network, also after loading the page again', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Cabin');
  const other = await ada.makesRoom('Valley');
  const bob = await guest('Bob Larsen', { rooms: [room, other] });
  bob.expect(...SERVER_AWAY);
  ada.expect(...SERVER_AWAY);
  await ada.says(room, 'firewood is dry');
  await ada.says(other, 'never looked at');
  await bob.comesTo(room);
  await bob.sees('firewood is dry');
  await isKept(bob, room, 'firewood is dry');

  await home.server.kill();
  await bob.page.reload();
  await bob.sees('firewood is dry');
  await bob.page.getByRole('alert').filter({ hasText: 'Offline' }).waitFor();
  await bob.composer.fill('written in the cabin');
  await bob.composer.press('Enter');
  await bob.shows(bob.message('written in the cabin'), 'Waiting for connection');
  // A room whose messages are not here says so.
  await bob.row(other).click();
  await bob.page.getByRole('button', { name: 'Try again' }).waitFor();
  await bob.row(room).click();
  await bob.sees('firewood is dry');

  await home.server.again();
  await bob.button('Try now').click({ timeout: 2000 }).catch(() => {});
  await bob.message('written in the cabin').and(bob.page.locator('[data-state=sent]')).waitFor({ timeout: 30_000 });
  await ada.says(room, 'hello, cabin');
  await bob.sees('hello, cabin');
  await bob.row(other).click();
  await bob.sees('never looked at');
});

story('signing out leaves nothing of what was said', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Secrets');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await ada.says(room, 'between us');
  await bob.comesTo(room);
  await bob.sees('between us');
  await isKept(bob, room, 'between us');
  await bob.opens('/settings');
  await bob.button('Sign out').first().click();
  await bob.dialog.getByRole('button', { name: 'Sign out' }).click();
  await bob.page.getByLabel('Username').waitFor();
  const names = () => bob.page.evaluate(() => indexedDB.databases().then((all) => all.map(({ name }) => name)));
  await until(names, (all) => !all.includes(`snug-${bob.user.id}`), 'the database is gone');
});
