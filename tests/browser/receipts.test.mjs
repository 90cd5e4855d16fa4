// What a sender sees of a message's way: ticks, when it was read, who has seen it; and keeping that to oneself.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

const foot = (person) => person.log.locator('.g.own .foot').last();

story('in a conversation of two a message is sent, delivered, read', async ({ owner, guest }) => {
  const ada = await owner();
  const bob = await guest('Bob Larsen');
  const direct = await ada.asks('POST', '/directs', { users: [bob.user.id] });
  const other = await ada.makesRoom('Elsewhere', { members: [bob] });
  await ada.comesTo(direct);
  await ada.writes('are you there?');
  await ada.shows(foot(ada), 'Sent');

  // Bob is here, but looks elsewhere.
  await bob.comesTo(other);
  await ada.shows(foot(ada), 'Delivered');
  await bob.goesTo(direct);
  await ada.shows(foot(ada), /^Read \d{1,2}:\d\d$/);
  assert.equal(await foot(ada).evaluate((one) => one.classList.contains('read')), true);

  // Only the last own message says so; an older one tells it in its menu.
  await ada.writes('good');
  await until(() => ada.log.locator('.g.own .foot').count(), (count) => count === 1, 'one foot');
  await ada.shows(foot(ada), /^Read/);
  await ada.message('are you there?').hover();
  await ada.message('are you there?').getByRole('button', { name: 'More' }).click();
  await ada.page.getByRole('menuitem', { name: 'Seen by' }).click();
  await ada.shows(ada.dialog, /Seen by 1[\s\S]*Bob Larsen/);
  await ada.button('Close').first().click();

  // Bob keeps it to himself from now on, and sees nothing of Ada's.
  await bob.opens('/settings/privacy');
  await bob.page.getByRole('switch', { name: /Send read receipts/ }).click();
  await until(() => bob.asks('GET', '/me'), (me) => me.settings.receipts === false, 'kept on the server');
  await bob.comesTo(direct);
  await ada.writes('and now?');
  await bob.sees('and now?');
  await until(() => bob.asks('GET', `/rooms/${direct.id}`), (room) => room.me.unread === 0, 'Bob has read it');
  await bob.writes('yes');
  await ada.sees('yes');
  await ada.shows(foot(ada), 'Sent');
  await until(() => ada.asks('GET', `/rooms/${direct.id}`), (room) => room.me.unread === 0, 'Ada has read it');
  await bob.shows(foot(bob), 'Sent');
});

story('in a room the faces of readers stand under the last own message', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Faces');
  const people = [];
  for (const name of ['Bob Larsen', 'Cleo Vance', 'Dan Ek']) people.push(await guest(name, { rooms: [room] }));
  await ada.comesTo(room);
  await ada.writes('who is here?');
  await ada.shows(foot(ada), 'Sent');
  const said = (await ada.asks('GET', `/rooms/${room.id}/messages?limit=1`)).messages[0];
  for (const person of people.slice(0, 2)) await person.asks('POST', `/rooms/${room.id}/read`, { up_to: said.id });
  await ada.shows(foot(ada), 'Seen by 2');
  await people[2].comesTo(room);
  await ada.shows(foot(ada), 'Seen by 3');
  assert.equal(await foot(ada).locator('.av').count(), 3);
  await foot(ada).getByRole('button').click();
  for (const name of ['Bob Larsen', 'Cleo Vance', 'Dan Ek']) await ada.shows(ada.dialog, name);
  await ada.page.keyboard.press('Escape');
  await ada.dialog.waitFor({ state: 'hidden' });
});
