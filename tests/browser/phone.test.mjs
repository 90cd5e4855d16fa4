// A phone, a tablet and every width between: one pane at a time, thumbs, and nothing beside the window.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { answered, PHONE } from './support/browser.mjs';
import { until } from './support/wait.mjs';

const { story, home } = house();

/** A finger that rests on something. */
async function press(person, locator) {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  const touch = await person.context.newCDPSession(person.page);
  const point = { x: box.x + Math.min(40, box.width / 2), y: box.y + box.height / 2 };
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [point] });
  await person.menu.waitFor();
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

story('list, room, back, tabs', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Boats');
  const bob = await guest('Bob Larsen', { rooms: [room], device: PHONE });
  await ada.says(room, 'Ahoy');
  await bob.opens();
  const tabs = bob.page.getByRole('navigation', { name: 'Main' });
  await tabs.waitFor();
  await bob.page.getByRole('heading', { name: 'Harbour Studio', level: 1 }).waitFor();
  assert.equal(await bob.page.getByRole('main').getAttribute('id'), 'side', 'the list is the main part');
  await bob.shows(bob.row(room), 'Ada: Ahoy');
  await bob.row(room).tap();
  await bob.sees('Ahoy');
  assert.ok(!(await tabs.isVisible()), 'no tabs beside the keyboard');
  assert.ok(!(await bob.sidebar.isVisible()), 'one pane at a time');

  // Enter makes a line here, the button sends.
  await bob.composer.tap();
  await bob.composer.fill('one');
  await bob.composer.press('Enter');
  await bob.composer.pressSequentially('two');
  assert.equal(await bob.composer.inputValue(), 'one\ntwo');
  await bob.button('Send').tap();
  await ada.comesTo(room);
  await ada.sees('two');

  await bob.page.getByRole('link', { name: 'Back to chats' }).tap();
  await tabs.waitFor();
  await tabs.getByRole('link', { name: 'You' }).tap();
  await bob.page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  await bob.page.getByRole('link', { name: 'Appearance' }).tap();
  await bob.page.getByRole('heading', { name: 'Appearance', level: 1 }).waitFor();
  await bob.page.getByRole('link', { name: 'Back' }).tap();
  await bob.page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  await tabs.getByRole('link', { name: 'Chats' }).tap();
  await bob.row(room).waitFor();
  // The browser's own back button does the same.
  await bob.row(room).tap();
  await bob.composer.waitFor();
  await bob.page.goBack();
  await bob.row(room).waitFor();
});

story('a long press opens the actions of a message', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Thumbs');
  const bob = await guest('Bob Larsen', { rooms: [room], device: PHONE });
  await ada.says(room, 'Press me');
  const own = await bob.says(room, 'and me');
  await bob.comesTo(room);
  await press(bob, bob.message('Press me').locator('.b'));
  const sheet = await bob.menu.boundingBox();
  assert.ok(Math.abs(sheet.y + sheet.height - 844) < 24 && sheet.width > 350, `a sheet at the bottom edge: ${JSON.stringify(sheet)}`);
  for (const item of await bob.menu.getByRole('menuitem').all()) assert.ok((await item.boundingBox()).height >= 44, 'as high as a thumb');
  await bob.page.getByRole('menuitem', { name: 'Reply', exact: true }).tap();
  await bob.page.getByText('Replying to Ada Berg').waitFor();
  await bob.button('Cancel reply').tap();
  await press(bob, bob.byId(own).locator('.b'));
  await bob.page.getByRole('menuitem', { name: 'Delete' }).tap();
  await bob.page.getByRole('dialog', { name: 'Delete this message?' }).getByRole('button', { name: 'Delete' }).tap();
  await bob.shows(bob.byId(own), 'Message deleted');
});

const LONG = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung';

story('nothing is wider than the window, on any screen', async ({ owner, guest, visitor }) => {
  const ada = await owner();
  await ada.asks('PATCH', '/me', { status: { emoji: '⛵', text: `${LONG} ${LONG.slice(0, 20)}` } });
  const room = await ada.makesRoom(LONG, { topic: `${LONG}${LONG} https://example.org/${'a'.repeat(200)}` });
  const long = await guest('Wilhelmina Featherstonehaugh-Cholmondeley of Godmanchester', { rooms: [room] });
  const direct = await ada.asks('POST', '/directs', { users: [long.user.id] });
  const first = await ada.says(room, `${LONG}${LONG}${LONG}`);
  await long.says(room, `https://example.org/${'path/'.repeat(60)}`, { reply_to: first.id });
  await long.says(room, '```\n' + 'x'.repeat(400) + '\n```');
  await ada.says(room, `| ${Array(12).fill('a column').join(' | ')} |\n|${'---|'.repeat(12)}\n| ${Array(12).fill(LONG).join(' | ')} |`);
  await long.says(room, `- ${LONG}\n  - ${LONG}\n    - ${LONG}\n\n> ${LONG}${LONG}\n\n\`${LONG}${LONG}\``);
  await long.says(direct, LONG + LONG);
  const invite = await ada.asks('POST', '/invites', { rooms: [room.id] });
  const stranger = await visitor();
  ada.expect(answered(404));

  const screens = [
    ['the list', '/', 'main'],
    ['the room', `/r/${room.id}`, 'article'],
    ['the direct', `/r/${direct.id}`, 'article'],
    ['all rooms', '/rooms', '.list li'],
    ['a room that is gone', '/r/99999999', 'h1'],
    ['settings', '/settings', '.subnav a'],
    ['the profile', '/settings/profile', '#profile-name'],
    ['the look', '/settings/appearance', '.seg'],
    ['devices', '/settings/devices', '.list li'],
    ['keys', '/settings/keyboard', '.keys kbd'],
  ];
  const wide = [];
  const look = async (person, name) => wide.push(...(await person.tooWide()).map((what) => `${name}: ${what}`));
  for (const width of [320, 390, 820, 1440]) {
    await ada.page.setViewportSize({ width, height: 800 });
    await stranger.page.setViewportSize({ width, height: 800 });
    for (const [name, path, sign] of screens) {
      await ada.opens(path);
      await ada.page.locator(`#app ${sign}`).first().waitFor();
      await look(ada, `${name} at ${width}`);
    }
    for (const [name, path, sign] of [
      ['signing in', '/login', '#username'],
      ['registering', new URL(invite.url).pathname, '#password'],
    ]) {
      await stranger.opens(path);
      await stranger.page.locator(sign).waitFor();
      await look(stranger, `${name} at ${width}`);
    }
    // What lies on top.
    await ada.comesTo(room);
    for (const [name, open, shown] of [
      ['the details', () => ada.button('Room details').click(), '.drawer .pers'],
      ['the switcher', () => ada.page.keyboard.press('Control+k'), 'dialog [role=option]'],
      ['the keys', () => ada.page.keyboard.press('Control+/'), 'dialog kbd'],
    ]) {
      await open();
      await ada.page.locator(shown).first().waitFor();
      await look(ada, `${name} at ${width}`);
      await ada.page.keyboard.press('Escape');
      await ada.page.locator(shown).first().waitFor({ state: 'hidden' });
    }
  }
  assert.deepEqual(wide, []);
  await ada.asks('PATCH', '/me', { status: null });
});

story('twice the text size fits a small window', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Large print');
  await ada.says(room, 'Some words that are large');
  // 200 % zoom of a window of 640 px leaves 320.
  await ada.page.setViewportSize({ width: 320, height: 480 });
  await ada.comesTo(room);
  await ada.page.evaluate(() => localStorage.setItem('snug.text', '4'));
  await ada.comesTo(room);
  assert.equal(await ada.page.evaluate(() => document.documentElement.style.fontSize), '150%');
  await ada.fits('the room');
  assert.ok((await ada.log.boundingBox()).height > 120, 'there is room to read');
  await ada.opens('/settings/appearance');
  await ada.page.locator('#text-size').waitFor();
  await ada.fits('the look');
});

story('details on a phone cover the room and close', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Details');
  const bob = await guest('Bob Larsen', { rooms: [room], device: PHONE });
  await bob.comesTo(room);
  await bob.button('Room details').tap();
  const drawer = bob.page.getByRole('complementary');
  await until(() => drawer.boundingBox(), (box) => box && box.width >= 389, 'the drawer covers the window');
  await bob.button('Close details').tap();
  await drawer.waitFor({ state: 'hidden' });
  await bob.composer.waitFor();
  void home;
});
