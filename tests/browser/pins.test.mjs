// What a room holds up, what a person keeps for later, and what a message said before.
import assert from 'node:assert/strict';
import { device, inBothLooks } from './support/axe.mjs';
import { DESKTOP, PHONE } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

const bar = (person) => person.page.getByRole('group', { name: 'Pinned messages' }).locator('.pt');
const choose = async (person, message, name) => {
  await person.byId(message).hover();
  await person.byId(message).getByRole('button', { name: 'More', exact: true }).click();
  await person.menu.getByRole('menuitem', { name }).click();
};
const list = (person) => person.page.getByRole('dialog', { name: 'Pinned messages' });

story('what one pins, the others see above the messages, and are led to it', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Launch');
  const ben = await guest('Ben Okafor', { rooms: [room] });
  const plan = await ada.says(room, 'The **plan** for Friday');
  const bill = await ben.says(room, 'The bill');
  for (let number = 0; number < 40; number++) await ada.says(room, `word ${number}`);
  await ada.comesTo(room);
  await ben.comesTo(room);
  assert.equal(await bar(ben).count(), 0, 'nothing is pinned, so there is no bar');
  await choose(ada, plan, 'Pin');
  await ben.shows(bar(ben), /Ada\s*The plan for Friday\s*1 of 1/);
  await ben.shows(ben.log, /Ada Berg pinned a message/);
  await ben.log.getByRole('button', { name: 'a message' }).last().click();
  await ben.byId(plan).and(ben.page.locator('.flash')).waitFor();
  // By its single key, and the newest comes first.
  await ada.byId(bill).focus();
  await ada.page.keyboard.press('p');
  await ben.shows(bar(ben), /Ben\s*The bill\s*1 of 2/);
  await bar(ben).click();
  await ben.byId(bill).and(ben.page.locator('.flash')).waitFor();
  await ben.shows(bar(ben), /Ada\s*The plan for Friday\s*2 of 2/);
  await ben.page.getByRole('button', { name: 'Show all pinned messages' }).click();
  await ben.shows(list(ben).getByRole('article').first(), /Ben Okafor[^]*The bill/);
  assert.equal(await list(ben).getByRole('article').count(), 2);
  await list(ben).getByRole('article').first().getByRole('button', { name: 'Unpin' }).click();
  await until(() => list(ben).getByRole('article').count(), (count) => count === 1, 'one is left');
  await list(ben).getByRole('button', { name: 'Go to message' }).click();
  await ben.byId(plan).and(ben.page.locator('.flash')).waitFor();
  await ada.shows(bar(ada), /The plan for Friday\s*1 of 1/);
  // What is edited reads so above, and what is deleted goes from there.
  await ada.asks('PATCH', `/rooms/${room.id}/messages/${plan.id}`, { text: 'The plan for Monday' });
  await ben.shows(bar(ben), /The plan for Monday/);
  await ada.asks('DELETE', `/rooms/${room.id}/messages/${plan.id}`);
  await bar(ben).waitFor({ state: 'detached' });
});

story('where only admins pin, others are not offered it', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Wall');
  const ben = await guest('Ben Okafor', { rooms: [room] });
  const said = await ada.says(room, 'House rules');
  await ada.asks('PATCH', `/rooms/${room.id}`, { rules: { pin: 'admins' } });
  await ada.asks('PUT', `/rooms/${room.id}/pins/${said.id}`);
  await ben.comesTo(room);
  await ben.shows(bar(ben), /House rules/);
  await ben.byId(said).hover();
  await ben.byId(said).getByRole('button', { name: 'More', exact: true }).click();
  await ben.menu.getByRole('menuitem', { name: 'Copy link' }).waitFor();
  assert.equal(await ben.menu.getByRole('menuitem', { name: /pin/i }).count(), 0);
  await ben.page.keyboard.press('Escape');
  await ben.page.getByRole('button', { name: 'Show all pinned messages' }).click();
  await list(ben).getByRole('article').waitFor();
  assert.equal(await list(ben).getByRole('button', { name: 'Unpin' }).count(), 0);
  await ada.comesTo(room);
  await ada.byId(said).focus();
  await ada.page.keyboard.press('p');
  await bar(ada).waitFor({ state: 'detached' });
});

story('a message kept for later waits in a place of its own, on every device', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Reading');
  const ben = await guest('Ben Okafor', { rooms: [room] });
  const said = await ada.says(room, 'A long read for the weekend');
  const phone = await guest('Nobody', { rooms: [room], device: PHONE });
  await phone.isLetIn('/auth/login', { username: ben.user.username, password: 'four warm words here' });
  await ben.comesTo(room);
  await phone.opens('/');
  await phone.row(room).waitFor();
  await choose(ben, said, 'Save for later');
  await phone.sidebar.getByRole('link', { name: 'Saved' }).click();
  const kept = phone.page.getByRole('article').filter({ hasText: 'A long read for the weekend' });
  await kept.waitFor();
  await phone.fits('what is saved');
  await kept.getByRole('button', { name: 'Go to message' }).click();
  await phone.byId(said).and(phone.page.locator('.flash')).waitFor();
  await ben.sidebar.getByRole('link', { name: 'Saved' }).click();
  const own = ben.page.getByRole('article').filter({ hasText: 'A long read' });
  await ben.shows(own, /Ada Berg\s*Reading/);
  await phone.opens('/saved');
  await kept.getByRole('button', { name: 'Remove' }).click();
  await phone.shows(phone.page.locator('main'), /Nothing here yet/);
  await own.waitFor({ state: 'detached' });
  await ben.shows(ben.page.locator('main'), /Nothing here yet/);
});

story('members read what a message said before, and a deletion asks first', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Edits', { kind: 'private' });
  const ben = await guest('Ben Okafor', { rooms: [room] });
  const said = await ben.says(room, 'Meet at *ten*');
  for (const hour of ['eleven', 'noon']) await ben.asks('PATCH', `/rooms/${room.id}/messages/${said.id}`, { text: `Meet at ${hour}` });
  await ada.comesTo(room);
  await ada.byId(said).getByRole('button', { name: 'edited' }).click();
  const versions = ada.page.getByRole('dialog', { name: 'Versions of this message' });
  await until(() => versions.locator('li .b').allInnerTexts(), (found) => found.join('|') === 'Meet at ten|Meet at eleven|Meet at noon', 'three versions');
  await ada.page.keyboard.press('Escape');
  await versions.waitFor({ state: 'detached' });
  // An admin of the room may delete what others wrote; it asks, with the verb on the button.
  await ben.comesTo(room);
  await ada.byId(said).focus();
  await ada.page.keyboard.press('Delete');
  await ada.shows(ada.dialog, /This message of Ben Okafor/);
  await ada.dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await ben.shows(ben.byId(said), 'Message deleted');
  assert.equal(await ben.byId(said).getByRole('button').count(), 0, 'nothing can be done with what is gone');
  // A member may not delete what others wrote.
  const own = await ada.says(room, 'Mine');
  await ben.byId(own).hover();
  await ben.byId(own).getByRole('button', { name: 'More', exact: true }).click();
  await ben.menu.getByRole('menuitem', { name: 'Copy link' }).waitFor();
  assert.equal(await ben.menu.getByRole('menuitem', { name: 'Delete' }).count(), 0);
});

for (const [name, base] of [
  ['a desktop', DESKTOP],
  ['a phone', PHONE],
])
  story(`what is done with messages is for everybody, on ${name}, light and dark`, async ({ owner, guest }) => {
    const ada = await owner(device(base));
    const room = await ada.makesRoom(`Marks ${name}`);
    const ben = await guest('Ben Okafor', { rooms: [room] });
    const said = await ben.says(room, 'Morning, *all*');
    await ben.asks('PATCH', `/rooms/${room.id}/messages/${said.id}`, { text: 'Morning' });
    for (const [who, emoji] of [
      [ada, '👍'],
      [ben, '👍'],
      [ben, '🎉'],
    ])
      await who.asks('PUT', `/rooms/${room.id}/messages/${said.id}/reactions/${encodeURIComponent(emoji)}`);
    await ben.asks('PUT', `/rooms/${room.id}/pins/${said.id}`);
    await ada.asks('PUT', `/rooms/${room.id}/messages/${said.id}/saved`);
    const found = [];
    const { page } = ada;
    const look = async (where) => {
      found.push(...(await inBothLooks(page, where)));
      await ada.fits(where);
    };
    await ada.comesTo(room);
    await bar(ada).waitFor();
    await look('reactions and the bar of pins');
    await page.getByRole('button', { name: 'Show all pinned messages' }).click();
    await list(ada).getByRole('article').waitFor();
    await look('all pins');
    await page.keyboard.press('Escape');
    await ada.byId(said).getByRole('button', { name: 'edited' }).click();
    await ada.dialog.getByRole('listitem').first().waitFor();
    await look('the versions');
    await page.keyboard.press('Escape');
    await ada.byId(said).getByRole('button', { name: 'Add reaction', exact: true }).last().click();
    await ada.dialog.locator('[data-emoji]').first().waitFor();
    await look('the emoji');
    await ada.dialog.getByRole('button', { name: /^Skin tone/ }).click();
    await ada.dialog.getByRole('searchbox').fill('hand');
    await look('the emoji that are found');
    await page.keyboard.press('Escape');
    await ada.opens('/saved');
    await page.getByRole('article').first().waitFor();
    await look('what is saved');
    assert.deepEqual(found, []);
  });
