// The files of a room, in its details.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { device, inBothLooks } from './support/axe.mjs';
import { DESKTOP, PHONE } from './support/browser.mjs';
import { png } from './support/samples.mjs';
import { expectFocus, until } from './support/wait.mjs';

const { story } = house();
const WORDS = Buffer.from('only words');

async function pair({ owner, guest }, name, options = DESKTOP) {
  const ada = await owner(options);
  const room = await ada.makesRoom(name);
  const bob = await guest('Bob Larsen', { rooms: [room] });
  return { ada, bob, room };
}

/** Opens the details of the room and all its files. */
async function opensFiles(person) {
  await person.button('Room details').click();
  await person.button('Show all').click();
  await person.page.getByRole('heading', { name: 'Files' }).waitFor();
}

const lines = (person) => person.page.locator('.drawer [data-file]');
const counts = (person, n) => until(() => lines(person).count(), (found) => found === n, `${n} files`);

story('the newest stand in the details; all of them are chosen by what they are', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Choosing', device(DESKTOP));
  await ada.comesTo(room);
  await ada.button('Room details').click();
  await ada.page.locator('.drawer .pers').first().waitFor();
  assert.equal(await ada.page.getByRole('heading', { name: 'Files' }).count(), 0, 'nothing to show');
  const plan = await bob.sends(room, '', [['plan.png', png(300, 200)], ['notes.txt', WORDS]]);
  // What is sent while one looks comes by itself.
  await ada.page.locator('.thumbs button').nth(1).waitFor();
  await ada.button('Show all').click();
  await counts(ada, 2);
  await expectFocus(ada.button('Back to the details'), 'the way back');
  assert.deepEqual(await inBothLooks(ada.page, 'all files'), []);
  const choose = (name) => ada.page.getByRole('radio', { name }).check({ force: true });
  await choose('Pictures');
  await counts(ada, 1);
  assert.deepEqual(await inBothLooks(ada.page, 'pictures'), []);
  await ada.page.locator('.galgrid').getByRole('button', { name: 'Open picture plan.png' }).click();
  await ada.shows(ada.dialog, '1 of 1');
  await ada.page.keyboard.press('Escape');
  await choose('Media');
  await ada.shows(ada.page.locator('.drawer'), 'Nothing of this kind was sent yet.');
  await choose('Other');
  await counts(ada, 1);
  await ada.page.getByRole('button', { name: /^notes.txt/ }).click();
  await expectFocus(ada.byId(plan), 'the message');
  await ada.button('Back to the details').click();
  await ada.page.locator('.drawer .pers').first().waitFor();
});

story('many come page by page', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Paging');
  for (let n = 0; n < 6; n++) await bob.sends(room, '', Array.from({ length: 20 }, (_, at) => [`${n}-${at}.txt`, WORDS]));
  const asked = [];
  ada.page.on('request', (request) => /\/rooms\/\d+\/files\?/.test(request.url()) && asked.push(request.url()));
  await ada.comesTo(room);
  await opensFiles(ada);
  await counts(ada, 50);
  for (const count of [100, 120]) {
    await lines(ada).last().scrollIntoViewIfNeeded();
    await counts(ada, count);
  }
  assert.equal(await ada.button('Show more').count(), 0);
  assert.equal(asked.filter((url) => url.includes('limit=50')).length, 3);
  const names = await lines(ada).locator('.fname').evaluateAll((all) => all.map((one) => one.title));
  assert.equal(new Set(names).size, 120);
  assert.deepEqual([names[0], names[119]], ['5-19.txt', '0-0.txt']);
});

story('a file is deleted there for everybody, by its sender or an admin', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Deleting');
  const said = await bob.sends(room, 'two', [['one.txt', WORDS], ['two.txt', WORDS]]);
  await ada.sends(room, '', [['hers.txt', WORDS]]);
  await Promise.all([ada.comesTo(room), bob.comesTo(room)]);
  await opensFiles(ada);
  await opensFiles(bob);
  await counts(bob, 3);
  await bob.button('Actions for hers.txt').click();
  await bob.menu.getByRole('menuitem', { name: 'Download' }).waitFor();
  assert.equal(await bob.menu.getByRole('menuitem', { name: 'Delete file' }).count(), 0, 'what is not his');
  await bob.page.keyboard.press('Escape');
  await ada.button('Actions for one.txt').click();
  await ada.menu.getByRole('menuitem', { name: 'Delete file' }).click();
  await ada.shows(ada.dialog, 'Bob Larsen sent it.');
  await ada.dialog.getByRole('button', { name: 'Delete file' }).click();
  await counts(ada, 2);
  await counts(bob, 2);
  await until(() => bob.byId(said).locator('.fcard').count(), (count) => count === 1, 'and in the conversation');
});

story('on a phone the files take the whole page, and a way leads back', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Narrow', device(PHONE));
  const said = await bob.sends(room, '', [['a name that is so long that nobody has ever read it to its end, version 7.docx', WORDS], ['plan.png', png(300, 200)]]);
  await ada.comesTo(room);
  await opensFiles(ada);
  await counts(ada, 2);
  await ada.fits('390');
  assert.deepEqual(await inBothLooks(ada.page, 'files on a phone'), []);
  await ada.page.setViewportSize({ width: 320, height: 640 });
  await ada.fits('320');
  await ada.page.getByRole('button', { name: /^a name/ }).tap();
  await ada.byId(said).waitFor();
  assert.equal(await ada.page.locator('.drawer').count(), 0, 'the drawer makes way');
});

story('what cannot be asked for is said, and asked for again', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Failing');
  await bob.sends(room, '', [['one.txt', WORDS]]);
  await ada.comesTo(room);
  await ada.button('Room details').click();
  await ada.button('Show all').waitFor();
  ada.expect(/Failed to load resource/);
  await ada.page.route(/\/rooms\/\d+\/files\?/, (route) => route.abort());
  await ada.button('Show all').click();
  const again = ada.page.locator('.drawer').getByRole('button', { name: 'Try again' });
  await again.waitFor();
  await ada.page.unroute(/\/rooms\/\d+\/files\?/);
  await again.click();
  await counts(ada, 1);
});
