// People: cards, pictures, statuses and time zones, and who else sees them.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { answered } from './support/browser.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

/** A picture as a file: red on the left, blue on the right. */
const striped = (page) =>
  page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [640, 320];
    const draw = canvas.getContext('2d');
    draw.fillStyle = 'red';
    draw.fillRect(0, 0, 320, 320);
    draw.fillStyle = 'blue';
    draw.fillRect(320, 0, 320, 320);
    const blob = await new Promise((done) => canvas.toBlob(done));
    return [...new Uint8Array(await blob.arrayBuffer())];
  });

/** The colour in the middle of a picture that is shown. */
const colour = (image) =>
  image.evaluate(async (one) => {
    await one.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [one.naturalWidth, one.naturalHeight];
    const draw = canvas.getContext('2d');
    draw.drawImage(one, 0, 0);
    return [...draw.getImageData(canvas.width / 4, canvas.height / 2, 1, 1).data].slice(0, 3).map((part) => Math.round(part / 64));
  });

story('a picture is squared here and shown everywhere', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Faces');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await bob.says(room, 'here I am');
  await ada.comesTo(room);
  const face = ada.log.locator('.g .av').first();
  await ada.shows(face, 'BL');

  await bob.opens('/settings/profile');
  const file = { name: 'me.png', mimeType: 'image/png', buffer: Buffer.from(await striped(bob.page)) };
  await bob.page.locator('input[type=file]').setInputFiles(file);
  await bob.dialog.getByText('Drag it into place').waitFor();
  // All the way to the left half: red only.
  await bob.dialog.getByRole('img').focus();
  for (let n = 0; n < 20; n++) await bob.page.keyboard.press('ArrowLeft');
  await bob.dialog.getByRole('button', { name: 'Use this picture' }).click();
  await bob.dialog.waitFor({ state: 'hidden' });
  await bob.page.locator('.facepick .av img').waitFor();

  const shown = face.locator('img');
  await shown.waitFor();
  assert.deepEqual(await colour(shown), [4, 0, 0], 'the left half, which is red');
  assert.equal(await shown.evaluate((one) => one.naturalWidth), 256);
  assert.equal(await shown.getAttribute('alt'), '');
  await bob.button('Remove').click();
  await ada.shows(face, 'BL');

  await bob.page.locator('input[type=file]').setInputFiles({ name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await bob.page.getByText('This file is no picture').waitFor();
});

story('a status has a picture, words and an end, at which it vanishes', async ({ owner, guest }) => {
  const ada = await owner();
  const bob = await guest('Bob Larsen', { from: ada });
  const direct = await ada.asks('POST', '/directs', { users: [bob.user.id] });
  await ada.comesTo(direct);
  await bob.comesTo(direct);
  await bob.page.getByRole('button', { name: /set a status/ }).click();
  await bob.dialog.getByRole('button', { name: /At lunch/ }).click();
  assert.equal(await bob.dialog.getByLabel('Clear after').inputValue(), 'half');
  await bob.dialog.getByLabel('Status text').fill('Soup');
  await bob.button('Save').click();
  await bob.dialog.waitFor({ state: 'hidden' });
  const topic = ada.page.locator('.head .topic');
  await ada.shows(topic, 'Soup');
  const { status } = await ada.asks('GET', `/users/${bob.user.id}`);
  assert.ok(Math.abs(status.expires_at - Date.now() - 30 * 60_000) < 60_000, 'in half an hour');

  // One that ends soon is gone without a word from the server.
  await bob.asks('PATCH', '/me', { status: { emoji: '⛵', text: 'At sea', expires_at: Date.now() + 2500 } });
  await ada.shows(topic, 'At sea');
  await until(() => topic.innerText(), (text) => !text.includes('At sea'), 'it ends');
});

story('a card tells who somebody is, what time it is there, and what both share', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Cards', { topic: 'Who is who' });
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await bob.asks('PATCH', '/me', { about: 'Boats.\nCoffee.', time_zone: 'Asia/Tokyo' });
  await bob.says(room, 'hello');
  await ada.comesTo(room);
  await ada.log.getByRole('button', { name: 'Bob Larsen' }).click();
  const card = ada.page.getByRole('dialog', { name: 'Bob Larsen' });
  await ada.shows(card, 'Boats.');
  await ada.shows(card, /\d:\d\d there, .*(ahead of you|behind you|the same time)/);
  await ada.shows(card, 'Rooms you share');
  await card.getByRole('link', { name: /Cards/ }).waitFor();
  await card.getByRole('button', { name: 'Send a message' }).click();
  await ada.page.getByRole('heading', { name: 'Bob Larsen', level: 1 }).waitFor();

  // What changes while it is shown changes in the details of the direct.
  await ada.button('Details').click();
  const drawer = ada.page.getByRole('complementary', { name: 'Details' });
  await ada.shows(drawer, 'Boats.');
  await bob.asks('PATCH', '/me', { about: 'Trains.' });
  await ada.shows(drawer, 'Trains.');
  await drawer.getByRole('button', { name: 'Mute' }).click();
  await drawer.getByRole('button', { name: 'Unmute' }).waitFor();
  const mine = (await ada.asks('GET', '/rooms')).rooms.find((one) => one.kind === 'direct' && one.users.includes(bob.user.id));
  assert.equal(mine.me.notify, 'none');
});

story('the profile is written in the settings', async ({ owner, guest }) => {
  const ada = await owner();
  const bob = await guest('Bob Larsen', { from: ada });
  await bob.opens('/settings/profile');
  await bob.page.getByLabel('Name').fill('Bob L.');
  await bob.page.getByLabel('About you').fill('Hello there');
  await bob.page.getByLabel('Time zone').selectOption('America/New_York');
  await bob.button('Save').click();
  await bob.page.getByText('Profile saved').waitFor();
  const seen = await ada.asks('GET', `/users/${bob.user.id}`);
  assert.deepEqual([seen.name, seen.about, seen.time_zone, seen.status], ['Bob L.', 'Hello there', 'America/New_York', null]);
});

story('a password is changed by who knows the present one', async ({ owner, guest, visitor }) => {
  const ada = await owner();
  const bob = await guest('Bob Larsen', { from: ada });
  bob.expect(answered(403));
  await bob.opens('/settings/password');
  await bob.page.getByLabel('Present password').fill('not the one');
  await bob.page.getByLabel('New password').fill('velvet onion harbour sixteen');
  await bob.button('Change password').click();
  await bob.page.getByText('password is wrong').waitFor();
  await bob.page.getByLabel('Present password').fill('four warm words here');
  await bob.button('Change password').click();
  await bob.page.getByText('Password changed').waitFor();
  const other = await visitor();
  await other.isLetIn('/auth/login', { username: bob.user.username, password: 'velvet onion harbour sixteen' });
});

story('another device is signed out from here, and says so', async ({ owner, guest, visitor }) => {
  const ada = await owner();
  const bob = await guest('Bob Larsen', { from: ada });
  const room = await bob.makesRoom(`Devices of ${bob.user.username}`);
  const other = await visitor();
  await other.isLetIn('/auth/login', { username: bob.user.username, password: 'four warm words here' });
  await other.comesTo(room);
  await bob.opens('/settings/devices');
  const devices = bob.page.locator('.list li');
  await until(() => devices.count(), (count) => count === 2, 'both are listed');
  await bob.shows(devices.first(), 'This device');
  await bob.button('Sign out all other devices').click();
  await bob.dialog.getByRole('button', { name: 'Sign out' }).click();
  await until(() => devices.count(), (count) => count === 1, 'this one is left');
  await other.dialog.waitFor();
  other.expect(answered(401));
});

story('long words fit the smallest window', async ({ owner, guest }) => {
  const ada = await owner({ viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true });
  const word = (length) => 'Donaudampfschiff'.repeat(50).slice(0, length);
  const room = await ada.makesRoom(word(78), { topic: word(300) });
  await ada.asks('PATCH', `/rooms/${room.id}`, { description: word(800) });
  const bob = await guest(word(64), { rooms: [room], username: `b${'x'.repeat(31)}` });
  await bob.asks('PATCH', '/me', { about: word(300), status: { emoji: '⛵', text: word(100) }, time_zone: 'America/Argentina/ComodRivadavia' });
  await ada.asks('PATCH', '/me', { status: { text: word(100), expires_at: Date.now() + 3_600_000 } });
  await bob.says(room, 'hello');
  const direct = await ada.asks('POST', '/directs', { users: [bob.user.id] });
  const { page } = ada;
  await ada.comesTo(room);
  await ada.button('Room details').click();
  await page.locator('.drawer .pers').nth(1).waitFor();
  await ada.fits('the details of a room');
  await page.locator('.drawer .pers .name', { hasText: 'Donau' }).click();
  await ada.dialog.getByText('Rooms you share').waitFor();
  await ada.fits('a card');
  await page.keyboard.press('Escape');
  await ada.comesTo(direct);
  await ada.button('Details').click();
  await page.locator('.drawer .about').waitFor();
  await ada.fits('the details of a direct');
  for (const path of ['/settings', '/settings/profile', '/settings/password', '/settings/keyboard', '/rooms']) {
    await ada.opens(path);
    await page.locator('.page').waitFor();
    await ada.fits(path);
  }
  await ada.opens('/settings');
  await page.getByRole('button', { name: /set a status/i }).click();
  await ada.dialog.getByLabel('Clear after').waitFor();
  await ada.fits('a status');
});
