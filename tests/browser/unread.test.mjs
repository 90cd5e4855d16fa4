// What waits: marking as unread, marking everything read, the list of mentions, and calling many people.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { PHONE } from './support/browser.mjs';
import { expectTitle, until } from './support/wait.mjs';

const { story } = house();

const unreadOf = (person, room) => person.asks('GET', `/rooms/${room.id}`).then(({ me }) => me.unread);

story('a message is marked as unread, and stays so until the room is looked at anew', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Unread');
  const other = await ada.makesRoom('Other');
  const bob = await guest('Bob Larsen', { rooms: [room, other] });
  for (const text of ['one', 'two', 'three']) await ada.says(room, text);
  await bob.comesTo(room);
  await bob.sees('three');
  await until(() => unreadOf(bob, room), (count) => count === 0, 'read by looking');

  await bob.message('two').hover();
  await bob.message('two').getByRole('button', { name: 'More' }).click();
  await bob.page.getByRole('menuitem', { name: 'Mark unread from here' }).click();
  await until(() => unreadOf(bob, room), (count) => count === 2, 'two are unread');
  await bob.row(room).locator('.dot').waitFor();
  await bob.page.getByRole('separator', { name: 'New messages' }).waitFor();
  // What arrives now is not read by looking either.
  await ada.says(room, 'four');
  await bob.sees('four');
  await bob.goesTo(other);
  assert.equal(await unreadOf(bob, room), 3);
  await bob.goesTo(room);
  await until(() => unreadOf(bob, room), (count) => count === 0, 'looked at anew');

  // By key, and Esc reads it all the same.
  await bob.message('three').focus();
  await bob.page.keyboard.press('u');
  await until(() => unreadOf(bob, room), (count) => count === 2, 'two again');
  await bob.composer.focus();
  await bob.page.keyboard.press('Escape');
  await until(() => unreadOf(bob, room), (count) => count === 0, 'Esc');
});

story('everything is marked read at once, asked first, in every window', async ({ owner, guest }) => {
  const ada = await owner();
  const rooms = [await ada.makesRoom('North'), await ada.makesRoom('South')];
  const here = await ada.makesRoom('Here');
  const bob = await guest('Bob Larsen', { rooms: [...rooms, here] });
  await bob.comesTo(here);
  for (const room of rooms) await ada.says(room, `@${bob.user.username} look`);
  await expectTitle(bob.page, /^\(2\) /);
  await bob.page.keyboard.press('Shift+Escape');
  await bob.shows(bob.dialog, '2 rooms have unread messages');
  await bob.button('Mark read').click();
  await expectTitle(bob.page, /^Here/);
  for (const room of rooms) assert.equal(await unreadOf(bob, room), 0);
});

story('a deletion and an edit leave the counts exact', async ({ owner, guest }) => {
  const ada = await owner();
  const busy = await ada.makesRoom('Busy');
  const here = await ada.makesRoom('Quiet');
  const bob = await guest('Bob Larsen', { rooms: [busy, here] });
  await bob.comesTo(here);
  const badge = bob.row(busy).locator('.badge');
  const one = await ada.says(busy, `@${bob.user.username} one`);
  const two = await ada.says(busy, 'two');
  await bob.shows(badge, '1');
  await ada.asks('PATCH', `/rooms/${busy.id}/messages/${two.id}`, { text: `@${bob.user.username} two` });
  await bob.shows(badge, '2');
  await ada.asks('DELETE', `/rooms/${busy.id}/messages/${one.id}`);
  await bob.shows(badge, '1');
  await ada.asks('PATCH', `/rooms/${busy.id}/messages/${two.id}`, { text: 'two, for nobody' });
  await badge.waitFor({ state: 'detached' });
  await bob.row(busy).locator('.dot').waitFor();
  await ada.asks('DELETE', `/rooms/${busy.id}/messages/${two.id}`);
  await bob.row(busy).locator('.dot').waitFor({ state: 'detached' });
});

story('mentions of all rooms stand in one list, which leads to each', async ({ owner, guest }) => {
  const ada = await owner();
  const rooms = [await ada.makesRoom('East'), await ada.makesRoom('West')];
  const here = await ada.makesRoom('Begin');
  const bob = await guest('Bob Larsen', { rooms: [...rooms, here] });
  await bob.comesTo(here);
  await bob.sidebar.getByRole('link', { name: /Mentions/ }).click();
  await bob.page.getByText('Nobody has mentioned you yet').waitFor();
  await ada.says(rooms[0], `@${bob.user.username} the first`);
  await bob.page.locator('.calls').getByText('the first').waitFor();
  await ada.says(rooms[1], '@room the second');
  const list = bob.page.locator('.calls a');
  await until(() => list.count(), (count) => count === 2, 'two');
  await bob.shows(list.first(), /Ada Berg\s+West[\s\S]*the second/);
  await bob.shows(bob.sidebar.getByRole('link', { name: /Mentions/ }), '2');
  await list.last().click();
  await bob.message('the first').waitFor();
  await bob.page.getByRole('heading', { name: 'East', level: 1 }).waitFor();
});

story('on a phone mentions are one of the tabs', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Pocket');
  const bob = await guest('Bob Larsen', { rooms: [room], device: PHONE });
  await bob.opens('/');
  await bob.isOnline();
  await ada.says(room, `@${bob.user.username} on the way`);
  const tab = bob.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /Mentions/ });
  await bob.shows(tab, '1');
  await tab.click();
  await bob.page.locator('.calls').getByText('on the way').waitFor();
  await bob.fits('the list of mentions');
});

story('calling more than ten people is asked about once, and only who may is offered it', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Crowd');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  for (let number = 0; number < 10; number++) {
    const invite = await ada.asks('POST', '/invites', { rooms: [room.id] });
    const body = { username: `crowd${number}`, name: `Person ${number}`, password: 'four warm words here', invite: invite.code };
    await makesAccount(ada, body);
  }
  await bob.comesTo(room);
  await bob.writes('@room the bus leaves');
  await bob.shows(bob.dialog, 'Notify 11 people?');
  await bob.button('Cancel').click();
  await bob.dialog.waitFor({ state: 'hidden' });
  assert.equal(await bob.composer.inputValue(), '@room the bus leaves');
  await bob.composer.press('Enter');
  await bob.button('Notify 11 people').click();
  await bob.sees('the bus leaves');
  await ada.asks('PATCH', `/rooms/${room.id}`, { rules: { call: 'admins' } });
  // The rule may come to Bob a moment later than its answer to Ada.
  const offered = async () => {
    await bob.composer.fill('');
    await bob.composer.pressSequentially('@roo');
    return bob.page.getByRole('option', { name: /@room/ }).count();
  };
  await until(offered, (count) => count === 0, 'it is not offered any more');
  await bob.composer.fill('@room again');
  await bob.composer.press('Enter');
  await bob.button('Notify 11 people').click();
  await bob.shows(bob.log, /Not sent/);
  bob.expect(/403/);
});

/** Somebody who only has an account. */
async function makesAccount(person, body) {
  const context = await person.context.browser().newContext({ ignoreHTTPSErrors: true });
  const answer = await context.request.post(`${person.url}/api/v1/auth/register`, { data: body, headers: { origin: person.url } });
  assert.equal(answer.status(), 201);
  await context.close();
}
