// Rooms: what they are for, who may do what in them, putting them away, and notices that merge.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

story('a room is described, and its rules are switches for its admins', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Rules');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await ada.comesTo(room);
  await bob.comesTo(room);
  await ada.button('Room details').click();
  const drawer = ada.page.getByRole('complementary', { name: 'Room details' });
  await drawer.getByRole('button', { name: 'Edit' }).click();
  await ada.dialog.getByLabel('Description').fill('What we may do.\nAnd what not.');
  await ada.button('Save').click();
  await ada.dialog.waitFor({ state: 'hidden' });
  await ada.shows(drawer, 'And what not.');

  await bob.button('Room details').click();
  const bobs = bob.page.getByRole('complementary', { name: 'Room details' });
  await bob.shows(bobs, 'And what not.');
  assert.equal(await bobs.getByRole('switch').count(), 0, 'rules are for admins');

  // Announcements only: under the eyes of Bob the composer goes, and comes back.
  await drawer.getByRole('switch', { name: 'Only admins can post' }).check();
  await bob.page.getByText('Only admins post here').waitFor();
  assert.equal(await bob.composer.count(), 0);
  await ada.writes('The news');
  await bob.sees('The news');
  // Reacting stays open, writing is not offered.
  await bob.message('The news').hover();
  await bob.page.getByRole('toolbar').getByRole('button', { name: 'Add reaction' }).waitFor();
  assert.equal(await bob.page.getByRole('toolbar').getByRole('button', { name: 'Reply', exact: true }).count(), 0);
  await ada.asks('PUT', `/rooms/${room.id}/members/${bob.user.id}`, { role: 'admin' });
  await bob.composer.waitFor();
  await bobs.getByRole('switch', { name: 'Only admins can post' }).waitFor();
  await ada.asks('PUT', `/rooms/${room.id}/members/${bob.user.id}`, { role: 'member' });
  await bob.page.getByText('Only admins post here').waitFor();
  await drawer.getByRole('switch', { name: 'Only admins can post' }).uncheck();
  await bob.writes('Thank you');
  await ada.sees('Thank you');
});

story('a room is put away, found again and brought back', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Attic', { kind: 'private' });
  const other = await ada.makesRoom('Hall of it');
  const bob = await guest('Bob Larsen', { rooms: [room, other] });
  await ada.comesTo(room);
  await bob.comesTo(other);
  await bob.row(room).waitFor();
  await ada.button('Room details').click();
  await ada.button('Archive room').click();
  await ada.page.getByRole('dialog', { name: 'Archive Attic?' }).getByRole('button', { name: 'Archive' }).click();
  await ada.page.getByText('This room is archived').waitFor();
  await bob.row(room).waitFor({ state: 'detached' });

  await bob.opens('/rooms');
  const away = bob.page.getByRole('list', { name: 'Archived' });
  await away.getByRole('link', { name: 'Open Attic' }).click();
  await bob.page.getByText('This room is archived').waitFor();
  assert.equal(await bob.button('Bring back').count(), 0, 'that is for admins');
  await ada.page.locator('.closed').getByRole('button', { name: 'Bring back' }).click();
  await bob.composer.waitFor();
  await bob.row(room).waitFor();
});

story('the last admin hears why they cannot leave, and everybody else leaves', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Leaving');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  ada.expect(/409/);
  await ada.comesTo(room);
  await ada.button('Room details').click();
  const drawer = ada.page.getByRole('complementary', { name: 'Room details' });
  await drawer.getByRole('button', { name: 'Leave room' }).click();
  await ada.dialog.getByRole('button', { name: 'Leave' }).click();
  await ada.dialog.getByText('You are the last admin of this room').waitFor();
  await ada.page.keyboard.press('Escape');
  // Bob becomes one by the menu at his name.
  await drawer.getByRole('button', { name: 'Actions for Bob Larsen' }).click();
  await ada.page.getByRole('menuitem', { name: 'Make admin' }).click();
  await until(() => drawer.getByText('Admin', { exact: true }).count(), (count) => count === 2, 'both are admins');
  await drawer.getByRole('button', { name: 'Leave room' }).click();
  await ada.dialog.getByRole('button', { name: 'Leave' }).click();
  await ada.row(room).waitFor({ state: 'detached' });
  await bob.comesTo(room);
  await bob.page.getByText('Ada Berg left').waitFor();
});

story('more than three who come in a row are told in one line', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Arrivals');
  await ada.says(room, 'before');
  await ada.comesTo(room);
  for (const name of ['Bob Larsen', 'Cleo Park', 'Dan Moss']) await guest(name, { from: ada, rooms: [room] });
  await ada.page.getByText('Dan Moss joined').waitFor();
  const notes = ada.log.locator('.note');
  assert.equal(await notes.count(), 4, 'made, and three who came');
  await guest('Eve Stone', { from: ada, rooms: [room] });
  await guest('Finn Ray', { from: ada, rooms: [room] });
  await ada.shows(ada.log, 'Bob Larsen, Cleo Park and 3 others joined');
  assert.equal(await notes.count(), 2);
});

story('how much a room may say is chosen in its header, and what stays on top in its details', async ({ owner }) => {
  const ada = await owner();
  await ada.makesRoom('Aardvark');
  const room = await ada.makesRoom('Zebra');
  await ada.comesTo(room);
  await ada.button('Notifications: all messages').click();
  await ada.page.getByRole('menuitem', { name: 'Nothing' }).click();
  await ada.button('Notifications: nothing').waitFor();
  await ada.row(room).getByText('muted').waitFor({ state: 'attached' });
  await ada.button('Room details').click();
  await ada.button('Keep on top').click();
  const first = () => ada.sidebar.locator('a[data-room]').first().getAttribute('data-room');
  await until(first, (id) => Number(id) === room.id, 'it is the first');
  await ada.button('Keep on top').click();
  await until(first, (id) => Number(id) !== room.id, 'it is not any more');
});

story('the switcher knows recent rooms, people by @, rooms by #, and letters without accents', async ({ owner, guest }) => {
  const ada = await owner();
  const cafe = await ada.makesRoom('Café Größe', { topic: 'Coffee' });
  const attic = await ada.makesRoom('Coffer');
  await ada.asks('PATCH', `/rooms/${attic.id}`, { archived: true });
  const bob = await guest('Tomás Coff', { rooms: [cafe] });
  await bob.makesRoom('Coffee club');
  await ada.comesTo(cafe);
  await ada.page.keyboard.press('Control+k');
  const options = ada.dialog.getByRole('option');
  const names = () => ada.dialog.locator('.opt > span:not(.av):not(.sub):not(.end)').allInnerTexts();
  await ada.dialog.getByText('Recent').waitFor();
  assert.ok((await names()).includes('Café Größe'));
  const field = ada.dialog.getByRole('combobox');
  await field.fill('cafe gro');
  await until(names, (found) => found[0] === 'Café Größe', 'accents are folded');
  await field.fill('cfgr');
  await until(names, (found) => found.includes('Café Größe'), 'a few letters in order are enough');
  await field.fill('@tomas');
  await until(names, (found) => found.join() === 'Tomás Coff', 'people only');
  await field.fill('#coff');
  await until(names, (found) => found.includes('Coffee club') && found.includes('Coffer') && !found.includes('Tomás Coff'), 'rooms only, those to join and those put away too');
  await ada.shows(options.filter({ hasText: 'Coffer' }), 'archived');
  await field.fill('@tomas');
  await until(names, (found) => found.join() === 'Tomás Coff', 'people only');
  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('heading', { name: 'Tomás Coff', level: 1 }).waitFor();
});

story('who mistypes a room or a person finds them all the same, in any script', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Quarterly planning');
  for (const name of ['設計室', 'Маркетинг', 'غرفة التصميم', 'cable', 'table']) await ada.makesRoom(name);
  const matej = await guest('Matěj Žižka', { username: 'matej.zizka' });
  for (const [at, name] of ['Александр Петров', 'فاطمة الزهراء', '田中太朗', 'Søren Lund'].entries()) await guest(name, { username: `someone${at}` });
  await ada.comesTo(room);
  await ada.page.keyboard.press('Control+k');
  const field = ada.dialog.getByRole('combobox');
  const names = async () => (await ada.dialog.locator('.opt > span:not(.av):not(.sub):not(.end)').allInnerTexts()).filter((name) => !name.startsWith('Search all'));
  for (const [typed, found] of [
    ['matje', 'Matěj Žižka'],
    ['zikza matej', 'Matěj Žižka'],
    ['mtaej.zizka', 'Matěj Žižka'],
    ['soren', 'Søren Lund'],
    ['quartelry', 'Quarterly planning'],
    ['quarterlyplanning', 'Quarterly planning'],
    ['планниг', null],
    ['Александор', 'Александр Петров'],
    ['маркетниг', 'Маркетинг'],
    ['فاطمه', 'فاطمة الزهراء'],
    ['التصيمم', 'غرفة التصميم'],
    ['田中太郎', '田中太朗'],
    ['設計', '設計室'],
  ]) {
    await field.fill(typed);
    await until(names, (list) => (found ? list[0] === found : !list.length), typed);
  }
  // Nothing is guessed where something stands as it was typed.
  await field.fill('#table');
  await until(names, (list) => list.join() === 'table', 'no guesses beside a find');
  await field.fill('@matje');
  await until(names, (list) => list.join() === 'Matěj Žižka', 'one person');
  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('heading', { name: 'Matěj Žižka', level: 1 }).waitFor();
  // The composer guesses, too: but never what begins a word as it stands, and never in front of one.
  await ada.asks('PUT', `/rooms/${room.id}/members/${matej.user.id}`, { role: 'member' });
  await ada.comesTo(room);
  const suggested = ada.page.getByRole('listbox').getByRole('option');
  await ada.composer.pressSequentially('thanks @matje');
  await ada.shows(suggested, 'Matěj Žižka');
  await ada.page.keyboard.press('Enter');
  assert.equal(await ada.composer.inputValue(), 'thanks @matej.zizka ');
  await ada.composer.fill('');
  await ada.composer.pressSequentially('see #quartelry');
  await ada.shows(suggested, 'Quarterly planning');
  await ada.composer.fill('');
  await ada.composer.pressSequentially('(@matje');
  await ada.shows(suggested, 'Matěj Žižka');
  await ada.composer.pressSequentially('kk');
  await suggested.first().waitFor({ state: 'hidden' });
});

story('the last row of the switcher searches all messages', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Harvest');
  await ada.says(room, 'the marmalade is in the cellar');
  await ada.comesTo(room);
  await ada.page.keyboard.press('Control+k');
  const field = ada.dialog.getByRole('combobox');
  const last = ada.dialog.getByRole('option', { name: 'Search all messages for “harvest marmalade”' });
  await field.fill('#harvest');
  await ada.dialog.getByRole('option', { name: 'Harvest' }).waitFor();
  assert.equal(await ada.dialog.getByRole('option', { name: /^Search all/ }).count(), 0, 'rooms only are rooms only');
  await field.fill('harvest marmalade');
  await last.waitFor();
  await ada.dialog.getByRole('group', { name: 'Messages' }).waitFor();
  await ada.dialog.getByText('No room or person is called').waitFor();
  await ada.page.keyboard.press('Enter');
  await ada.dialog.waitFor({ state: 'hidden' });
  await until(() => ada.page.getByRole('combobox').or(ada.page.getByRole('searchbox')).first().inputValue(), (words) => words === 'harvest marmalade', 'the search has the words');
});

story('what is pinned is an entry of the details', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Wall');
  const said = await ada.says(room, 'Keep this in sight');
  await ada.comesTo(room);
  await ada.button('Room details').click();
  const drawer = ada.page.getByRole('complementary', { name: 'Room details' });
  await drawer.getByRole('button', { name: 'Keep on top' }).waitFor();
  assert.equal(await drawer.getByRole('button', { name: '1 pinned' }).count(), 0);
  await ada.asks('PUT', `/rooms/${room.id}/pins/${said.id}`);
  await drawer.getByRole('button', { name: '1 pinned' }).click();
  await ada.dialog.getByText('Keep this in sight').waitFor();
});

story('single keys can be switched off, on every device of a person', async ({ owner, visitor }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Letters');
  await ada.says(room, 'a message');
  const other = await visitor();
  await other.isLetIn('/auth/login', { username: 'ada', password: 'four warm words here' });
  await other.comesTo(room);
  await ada.opens('/settings/keyboard');
  const single = ada.page.getByRole('switch', { name: /Single keys/ });
  await single.uncheck();
  await until(() => ada.asks('GET', '/me'), (me) => me.settings.composer?.single_keys === false, 'the server keeps it');
  await other.message('a message').focus();
  await until(
    async () => {
      await other.message('a message').focus();
      await other.page.keyboard.press('r');
      return other.composer.inputValue();
    },
    (text) => text.includes('r'),
    'the letter is for the composer',
  );
  assert.equal(await other.page.getByText('Replying to').count(), 0);
  await single.check();
  await until(() => ada.asks('GET', '/me'), (me) => me.settings.composer?.single_keys === true, 'and back');
});
