// Notifications: asked for at the right moment, told by one window, quiet when one wants quiet.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { expectTitle, until } from './support/wait.mjs';

const { story } = house();

/** A browser that writes down what it would have shown, and what it was asked. @param {'granted'|'default'} permission */
const records = (context, permission) =>
  context.addInitScript((permission) => {
    window.notified = [];
    window.askedFor = 0;
    window.Notification = class {
      static permission = permission;
      static async requestPermission() {
        window.askedFor++;
        return (this.permission = 'granted');
      }
      constructor(title, options) {
        Object.assign(this, options, { title, open: true });
        window.notified.push(this);
      }
      close() {
        this.open = false;
      }
    };
    // A window in the background, as far as the page can tell.
    window.away = false;
    const focus = document.hasFocus.bind(document);
    document.hasFocus = () => !window.away && focus();
  }, permission);

const looksAway = (person, away = true) =>
  person.page.evaluate((away) => {
    window.away = away;
    window.dispatchEvent(new Event(away ? 'blur' : 'focus'));
  }, away);
const notified = (person) => person.page.evaluate(() => window.notified.map(({ title, body, open }) => ({ title, body, open })));
const idle = (person) => until(() => person.page.evaluate(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/notify.js'))), Boolean, 'notifications are there');
const set = (person, notifications) => person.asks('PATCH', '/me', { settings: { notifications } });

story('who looks elsewhere is told by a notification, which leads to the message', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('News');
  const here = await ada.makesRoom('Here');
  const bob = await guest('Bob Larsen', { rooms: [room, here] });
  await records(bob.context, 'granted');
  await bob.comesTo(here);
  await idle(bob);
  await ada.says(room, 'while he looks');
  await bob.row(room).locator('.dot').waitFor();
  assert.deepEqual(await notified(bob), []);

  await looksAway(bob);
  await ada.says(room, '**while** he does not');
  await until(() => notified(bob), (all) => all.length === 1, 'a notification');
  assert.deepEqual(await notified(bob), [{ title: 'Ada Berg in News', body: 'while he does not', open: true }]);
  // Muted rooms say nothing, rooms with mentions only say those.
  await bob.asks('PATCH', `/rooms/${here.id}/me`, { notify: 'mentions' });
  await ada.says(here, 'not for him');
  await ada.says(here, `@${bob.user.username} for him`);
  await until(() => notified(bob), (all) => all.at(-1).title === 'Ada Berg in Here', 'the mention');
  assert.equal((await notified(bob)).length, 2);

  await bob.page.evaluate(() => window.notified[0].onclick());
  await bob.sees('while he does not');
  await bob.page.getByRole('heading', { name: 'News', level: 1 }).waitFor();
  // What is read needs no notification any more.
  await bob.asks('POST', '/me/read', {});
  await until(() => notified(bob), (all) => all.every(({ open }) => !open), 'all closed');
});

story('do not disturb is quiet, and shows that it is', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Loud');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await records(bob.context, 'granted');
  await bob.opens('/settings/notifications');
  await bob.isOnline();
  await bob.button('Pause').click();
  await bob.page.getByRole('menuitem', { name: 'Until I turn it off' }).click();
  await bob.page.getByText('Paused until you turn it off.').waitFor();
  await bob.page.getByRole('link', { name: 'Do not disturb is on' }).waitFor();
  await idle(bob);
  await looksAway(bob);
  await ada.says(room, 'quiet');
  await expectTitle(bob.page, /^\(1\)/);
  assert.deepEqual(await notified(bob), []);
  await bob.button('Resume').click();
  await bob.page.getByRole('link', { name: 'Do not disturb is on' }).waitFor({ state: 'detached' });
  // Without the words, where one wants that.
  await bob.page.getByRole('switch', { name: /Show the text of messages/ }).click();
  await until(() => bob.asks('GET', '/me'), (me) => me.settings.notifications.previews === false, 'kept');
  await ada.says(room, 'a secret');
  await until(() => notified(bob), (all) => all.length === 1, 'one');
  assert.equal((await notified(bob))[0].body, 'New message');
  // The level of a room, from here.
  await bob.page.getByLabel('Loud').selectOption('none');
  await until(() => bob.asks('GET', `/rooms/${room.id}`), (one) => one.me.notify === 'none', 'kept');
});

story('the browser is asked after a click only: once offered when one was called while away, or in settings', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Calling');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await records(bob.context, 'default');
  await bob.comesTo(room);
  await idle(bob);
  await looksAway(bob);
  await ada.says(room, `@${bob.user.username} hello`);
  await bob.page.getByText('Get a notification next time?').waitFor();
  assert.equal(await bob.page.evaluate(() => window.askedFor), 0);
  await bob.button('Turn on').click();
  await until(() => bob.page.evaluate(() => window.askedFor), (times) => times === 1, 'asked');
  await until(() => bob.asks('GET', '/me'), (me) => me.settings.notifications?.desktop === true, 'kept');
  await ada.says(room, 'and now');
  await until(() => notified(bob), (all) => all.length === 1, 'told');

  const cleo = await guest('Cleo Vance', { rooms: [room] });
  await records(cleo.context, 'default');
  await cleo.opens('/settings/notifications');
  await cleo.page.getByRole('switch', { name: /Desktop notifications/ }).click();
  await until(() => cleo.page.evaluate(() => window.askedFor), (times) => times === 1, 'asked');
});

story('of two windows one tells, and none while the other is looked at', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Twice');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await records(bob.context, 'granted');
  await bob.comesTo(room);
  await idle(bob);
  const second = Object.assign(Object.create(Object.getPrototypeOf(bob)), bob, { page: await bob.context.newPage() });
  await second.comesTo(room);
  await idle(second);
  const count = async () => (await notified(bob)).length + (await notified(second)).length;
  await looksAway(bob);
  await looksAway(second, false);
  await ada.says(room, 'seen in one of them');
  for (const window of [bob, second]) await window.sees('seen in one of them');
  assert.equal(await count(), 0);
  await looksAway(second);
  await ada.says(room, 'seen in none');
  await until(count, (all) => all === 1, 'one notification');
  for (const window of [bob, second]) await window.sees('seen in none');
  assert.equal(await count(), 1);
});
