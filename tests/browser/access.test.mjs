// Accessibility: axe-core over every screen, light and dark, on a desktop and on a phone. Nothing is excused.
import assert from 'node:assert/strict';
import { device, inBothLooks, violations } from './support/axe.mjs';
import { house } from './support/house.mjs';
import { answered, DESKTOP, PHONE } from './support/browser.mjs';

const { story, home } = house();

/** One red point. */
const DOT = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');

story('the first run', async ({ visitor }) => {
  const found = [];
  const ada = await visitor(device(DESKTOP));
  const { page } = ada;
  const look = async (where) => found.push(...(await inBothLooks(page, where)));
  await page.goto(home.server.setupLink);
  await page.getByLabel('Name').fill('Harbour Studio');
  await look('setup 1');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Your name').fill('Ada Berg');
  await page.getByLabel('Password', { exact: true }).fill('short');
  ada.expect(answered(422));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('[aria-invalid=true]').waitFor();
  await look('setup 2 with an error');
  await page.getByLabel('Password', { exact: true }).fill('four warm words here');
  await page.getByRole('button', { name: 'Continue' }).click();
  home.owned = true;
  await page.getByRole('textbox', { name: 'Invite link' }).waitFor();
  await look('setup 3');
  await page.getByRole('button', { name: 'Open Snug' }).click();
  await ada.composer.waitFor();
  await look('an empty room');
  assert.deepEqual(found, []);
});

const DEVICES = [
  ['a desktop', DESKTOP],
  ['a phone', PHONE],
];

for (const [name, base] of DEVICES)
  story(`every screen on ${name}, light and dark`, async ({ owner, guest, visitor }) => {
    const found = [];
    const phone = base === PHONE;
    const ada = await owner(device(base));
    const { page } = ada;
    const look = async (where, at = page) => found.push(...(await inBothLooks(at, where)));
    const room = await ada.makesRoom(`Launch ${name}`, { topic: 'Everything until the ninth' });
    const other = await ada.makesRoom(`Quiet ${name}`, { kind: 'private' });
    const bob = await guest('Bob Larsen', { rooms: [room, other] });
    await bob.asks('PATCH', '/me', { status: { emoji: '⛵', text: 'At sea' }, about: 'Boats', time_zone: 'Asia/Tokyo' });
    const direct = await ada.asks('POST', '/directs', { users: [bob.user.id] });
    const first = await bob.says(room, 'Morning. The **draft** is at [the wiki](https://example.org), see `plan.md`');
    await ada.says(room, 'Thank you\n\n- one\n- two\n\n> quoted', { reply_to: first.id });
    await bob.says(room, `@ada look:\n\n\`\`\`js\nconst x = 1;\n\`\`\`\n\n| a | b |\n|---|---|\n| 1 | 2 |`);
    const gone = await bob.says(room, 'nothing');
    await bob.asks('DELETE', `/rooms/${room.id}/messages/${gone.id}`);
    await bob.asks('PATCH', `/rooms/${room.id}/messages/${first.id}`, { text: 'Morning, all' });
    await bob.says(direct, 'A word in private');
    await bob.says(other, 'unread');
    if (phone) {
      await ada.opens();
      await ada.row(room).waitFor();
      await look('the list');
    }
    await ada.comesTo(room);
    await ada.sees('look');
    await look('a room');
    if (!phone) {
      await ada.byId(first).hover();
      await page.getByRole('toolbar').waitFor();
      await ada.button('More').click();
      await ada.menu.waitFor();
      await look('the menu of a message');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await ada.dialog.getByRole('option').first().waitFor();
      await look('the switcher');
      await ada.dialog.getByRole('combobox').fill('zzzz');
      await ada.dialog.getByText('No room or person is called').waitFor();
      await look('the switcher that found nothing');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+/');
      await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
      await look('the keys');
      await page.keyboard.press('Escape');
    }
    await ada.button('Room details').click();
    await page.locator('.drawer .pers').nth(1).waitFor();
    await look('the details');
    await page.locator('.drawer .pers .name', { hasText: 'Bob' }).click();
    await page.getByRole('dialog', { name: 'Bob Larsen' }).getByText('Rooms you share').waitFor();
    await look('the card of somebody');
    await page.keyboard.press('Escape');
    await ada.button('Leave room').click();
    await ada.dialog.waitFor();
    await look('a question');
    await page.keyboard.press('Escape');
    await ada.button('Edit').click();
    await page.getByRole('dialog', { name: 'Edit room' }).waitFor();
    await look('editing a room');
    await page.keyboard.press('Escape');
    await ada.button('Invite link').click();
    await page.getByRole('textbox', { name: 'Invite link' }).waitFor();
    await look('an invitation');
    await page.keyboard.press('Escape');
    await ada.comesTo(direct);
    await ada.sees('A word in private');
    await look('a direct');
    const invite = await ada.asks('POST', '/invites', { rooms: [room.id] });
    const stranger = await visitor(device(base));
    stranger.expect(answered(404), answered(422), answered(401));
    await stranger.opens('/login');
    await stranger.page.getByLabel('Username').fill('nobody');
    await stranger.page.getByLabel('Password', { exact: true }).fill('wrong and wrong');
    await stranger.button('Sign in').click();
    await stranger.page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
    await look('signing in', stranger.page);
    await stranger.opens(new URL(invite.url).pathname);
    await stranger.page.getByLabel('Your name').fill('Somebody');
    await look('registering', stranger.page);
    await stranger.opens('/trust');
    await look('the page about trust', stranger.page);
    await stranger.opens('/nothing/here');
    await look('an address that is nothing', stranger.page);
    assert.deepEqual(found, []);
  });

for (const [name, base] of DEVICES)
  story(`every page on ${name}, light and dark`, async ({ owner }) => {
    const found = [];
    const ada = await owner(device(base));
    const { page } = ada;
    const look = async (where) => found.push(...(await inBothLooks(page, where)));
    const attic = await ada.makesRoom(`Attic ${name}`);
    await ada.asks('PATCH', `/rooms/${attic.id}`, { archived: true });
    ada.expect(answered(404));
    await ada.opens(base === PHONE ? '/settings' : '/settings/profile');
    await page.getByRole('button', { name: /set a status/i }).click();
    await ada.dialog.waitFor();
    await look('a status');
    await ada.dialog.getByRole('button', { name: /At lunch/ }).click();
    await ada.dialog.getByLabel('Clear after').waitFor();
    await look('a status with an end');
    await page.keyboard.press('Escape');
    await ada.opens('/settings/profile');
    await page.locator('input[type=file]').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: DOT });
    await ada.dialog.waitFor();
    await look('the square of a picture');
    await page.keyboard.press('Escape');
    await ada.opens(`/r/${attic.id}`);
    await page.getByText('This room is archived').waitFor();
    await look('an archived room');
    for (const [where, path, sign] of [
      ['all rooms', '/rooms', '.list li'],
      ['a room that is gone', '/r/999999', '#main h1'],
      ['settings', '/settings', '.subnav'],
      ['the profile', '/settings/profile', '#profile-name'],
      ['the look', '/settings/appearance', '#text-size'],
      ['the password', '/settings/password', '#password-new'],
      ['devices', '/settings/devices', '.list li'],
      ['the list of keys', '/settings/keyboard', '.keys'],
    ]) {
      await ada.opens(path);
      await page.locator(sign).first().waitFor();
      await look(where);
    }
    assert.deepEqual(found, []);
  });

story('mentions, who has seen a message, and what may disturb', async ({ owner, guest }) => {
  const found = [];
  const ada = await owner(device(DESKTOP));
  const room = await ada.makesRoom('Called');
  const bob = await guest('Bob Larsen', { rooms: [room], device: device(PHONE) });
  await ada.says(room, `@${bob.user.username} **could** you look?`);
  const said = await ada.says(room, 'thanks');
  await bob.asks('POST', `/rooms/${room.id}/read`, { up_to: said.id });
  await ada.comesTo(room);
  await ada.button('Seen by 1').click();
  await ada.shows(ada.dialog, 'Bob Larsen');
  found.push(...(await inBothLooks(ada.page, 'who has seen it')));
  // Ada may have been mentioned in another story of this server; who has just come has not.
  const cleo = await guest('Cleo Nobody', { device: device(DESKTOP) });
  for (const person of [cleo, bob])
    for (const [path, text] of [['/mentions', person === cleo ? 'Nobody has mentioned you yet' : 'could you look'], ['/settings/notifications', 'Do not disturb'], ['/settings/privacy', 'Send read receipts']]) {
      await person.opens(path);
      await person.page.getByText(text).first().waitFor();
      found.push(...(await inBothLooks(person.page, `${path} of ${person.user.name}`)));
    }
  assert.deepEqual(found, []);
});
