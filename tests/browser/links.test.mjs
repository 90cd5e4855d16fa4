// Links to messages: going to one wherever it is, to a day, back to the present, and what one may not see.
import assert from 'node:assert/strict';
import { answered } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

const flashing = (person, message) => person.page.locator(`article.flash[data-id="${message.id}"]`).waitFor();
const place = (person, message) =>
  person.byId(message).evaluate((one) => {
    const box = one.closest('.scroll').getBoundingClientRect();
    return (one.getBoundingClientRect().top - box.top) / box.height;
  });

story('a link to a message opens it in its midst, lit for a moment, and leads back to the present', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Annals');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  const said = [];
  for (let n = 0; n < 150; n++) said.push(await ada.says(room, `entry ${n}`));
  const old = said[20];
  // The link stands in a message; a press stays in the page.
  const link = `${ada.url}/r/${room.id}/${old.id}`;
  await ada.says(room, `see ${link} please`);
  await bob.hasRead(room);
  await bob.comesTo(room);
  await bob.sees('see ');
  let loads = 0;
  bob.page.on('load', () => loads++);
  await Promise.all([flashing(bob, old), bob.log.getByRole('link', { name: /\/r\// }).click()]);
  const at = await place(bob, old);
  assert.ok(at > 0.2 && at < 0.8, `in the middle: ${at}`);
  assert.equal(loads, 0);
  assert.equal(bob.page.url(), link);
  await bob.page.locator('article.flash').waitFor({ state: 'detached' });
  await bob.page.getByRole('button', { name: 'Jump to present' }).click();
  await bob.sees('entry 149');
  await until(() => bob.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight), (left) => left < 2, 'at the end');
  // The same as an address typed into the browser.
  await Promise.all([flashing(bob, said[60]), bob.comesTo(room, said[60].id)]);
});

story('what one may not see is not told apart from what is not there', async ({ owner, guest }) => {
  const ada = await owner();
  const hall = await ada.makesRoom('Open hall');
  const den = await ada.makesRoom('Closed den', { kind: 'private' });
  const secret = await ada.says(den, 'the secret');
  await ada.says(hall, 'in the hall');
  const bob = await guest('Bob Larsen', { rooms: [hall] });
  bob.expect(answered(404));
  for (const path of [`/r/${den.id}/${secret.id}`, `/r/999999/999998`]) {
    await bob.opens(path);
    await bob.page.getByRole('heading', { name: 'This room is gone or private' }).waitFor();
    assert.equal(await bob.page.getByText('Closed den').count(), 0);
  }
  const words = [];
  for (const message of [secret.id, 999999]) {
    await bob.comesTo(hall, message);
    const toast = bob.page.getByText('This message is gone or not yours to see');
    await toast.waitFor();
    words.push(await bob.page.locator('main').innerText());
    await bob.sees('in the hall');
  }
  // Allowed beside it: who is let in sees it by the same link.
  await ada.asks('PUT', `/rooms/${den.id}/members/${bob.user.id}`, { role: 'member' });
  await Promise.all([flashing(bob, secret), bob.comesTo(den, secret.id)]);
});

story('a room is opened at a day', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Calendar');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  let first;
  for (let n = 0; n < 130; n++) {
    const message = await ada.says(room, `line ${n}`);
    first ??= message;
  }
  await bob.hasRead(room);
  await bob.comesTo(room);
  await bob.sees('line 129');
  assert.equal(await bob.byId(first).count(), 0);
  await bob.page.locator('.day button').first().click();
  const dialog = bob.page.getByRole('dialog', { name: 'Go to a day' });
  await dialog.waitFor();
  await dialog.getByLabel('Day', { exact: true }).press('Enter');
  await bob.byId(first).waitFor();
  await bob.page.getByRole('button', { name: 'Jump to present' }).click();
  await bob.sees('line 129');
});
