// Without a mouse.
import assert from 'node:assert/strict';
import { house, PASSWORD } from './support/house.mjs';
import { expectFocus, until } from './support/wait.mjs';

const { story, home } = house();

/** What has the focus, and whether one can see that. */
const focused = (page) =>
  page.evaluate(() => {
    const one = document.activeElement;
    const ringed = (element) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
    };
    const holder = one.closest('.fld, .comp, label, .in, .chips, .picks');
    return {
      name: one.getAttribute('aria-label') ?? one.innerText?.trim().split('\n')[0] ?? one.id,
      tag: one.tagName.toLowerCase(),
      visible: ringed(one) || Boolean(holder && ringed(holder)) || [...(one.parentElement?.children ?? [])].some((next) => next !== one && one.matches('input[type=radio]') && ringed(next)),
    };
  });

story('the whole first run by keyboard', async ({ visitor }) => {
  const ada = await visitor();
  const { page } = ada;
  const { keyboard } = page;
  await page.goto(home.server.setupLink);
  await expectFocus(page.getByLabel('Name'));
  await keyboard.type('Harbour Studio');
  await keyboard.press('Enter');
  await expectFocus(page.getByLabel('Your name'), 'the next step is ready for typing', 3000);
  await keyboard.type('Ada Berg');
  await keyboard.press('Tab');
  await expectFocus(page.getByLabel('Username'));
  await keyboard.press('Tab');
  await expectFocus(page.getByLabel('Password', { exact: true }));
  await keyboard.type(PASSWORD);
  await keyboard.press('Tab');
  await expectFocus(page.getByRole('button', { name: 'Show password' }));
  await keyboard.press('Space');
  assert.equal(await page.getByLabel('Password', { exact: true }).getAttribute('type'), 'text');
  await keyboard.press('Tab');
  assert.equal((await focused(page)).name, 'Continue');
  await keyboard.press('Enter');
  home.owned = true;
  await page.getByRole('textbox', { name: 'Invite link' }).waitFor();
  for (let steps = 0; steps < 8 && (await focused(page)).name !== 'Open Snug'; steps++) await keyboard.press('Tab');
  assert.equal((await focused(page)).name, 'Open Snug');
  await keyboard.press('Enter');
  await expectFocus(ada.composer);
  await keyboard.type('By keyboard alone');
  await keyboard.press('Enter');
  await ada.sees('By keyboard alone');
});

story('the switcher', async ({ owner, guest }) => {
  const ada = await owner();
  const alpha = await ada.makesRoom('Alpha');
  const zurich = await ada.makesRoom('Zürich office');
  const nils = await guest('Nils Falk', { rooms: [alpha] });
  await ada.comesTo(alpha);
  const { keyboard } = ada.page;
  const field = ada.dialog.getByRole('combobox');
  const options = ada.dialog.getByRole('option');
  await keyboard.press('Control+k');
  await expectFocus(field);
  await options.first().waitFor();
  await keyboard.type('zur');
  await ada.shows(options.first(), 'Zürich office');
  await keyboard.press('Enter');
  await ada.page.getByRole('heading', { name: 'Zürich office', level: 1 }).waitFor();
  assert.equal(new URL(ada.page.url()).pathname, `/r/${zurich.id}`);

  await keyboard.press('Control+k');
  await keyboard.type('@nils');
  await ada.dialog.getByRole('option', { name: 'Nils Falk' }).waitFor();
  assert.equal(await ada.dialog.getByRole('option', { name: 'Alpha' }).count(), 0);
  await keyboard.press('Enter');
  await ada.page.getByRole('heading', { name: 'Nils Falk', level: 1 }).waitFor();
  await expectFocus(ada.composer, 'who comes into a room can write');

  // Down, up, and back to where one was.
  await keyboard.press('Control+k');
  await options.nth(1).waitFor();
  await keyboard.press('ArrowDown');
  await until(() => options.nth(1).getAttribute('aria-selected'), (selected) => selected === 'true', 'the second');
  assert.equal(await field.getAttribute('aria-activedescendant'), await options.nth(1).getAttribute('id'));
  await keyboard.press('Escape');
  await ada.dialog.waitFor({ state: 'hidden' });
  await expectFocus(ada.composer, 'the focus comes back');
  await keyboard.press('Control+k');
  await field.waitFor();
  await keyboard.press('Control+k');
  await ada.dialog.waitFor({ state: 'hidden' });
  void nils;
});

story('rooms by Alt and arrows, regions by F6, layers by Esc', async ({ owner, guest }) => {
  const ada = await owner();
  const rooms = [];
  for (const name of ['Beach 1', 'Beach 2', 'Beach 3']) rooms.push(await ada.makesRoom(name));
  const bob = await guest('Bob Larsen', { rooms });
  for (const room of rooms) await ada.says(room, `hello ${room.name}`);
  for (const room of rooms) await bob.hasRead(room);
  await bob.comesTo(rooms[0]);
  const { keyboard } = bob.page;
  const heading = (name) => bob.page.getByRole('heading', { name, level: 1 }).waitFor();
  await keyboard.press('Alt+ArrowDown');
  await heading('Beach 2');
  await keyboard.press('Alt+ArrowDown');
  await heading('Beach 3');
  await keyboard.press('Alt+ArrowUp');
  await heading('Beach 2');
  await ada.says(rooms[0], 'unread here');
  await bob.row(rooms[0]).locator('.dot').waitFor();
  await keyboard.press('Alt+Shift+ArrowDown');
  await heading('Beach 1');

  await bob.sees('unread here');
  await bob.composer.focus();
  const region = () =>
    bob.page.evaluate(() => ['#side', '#messages', '.comp', '.drawer'].find((name) => document.querySelector(name)?.contains(document.activeElement)) ?? document.activeElement.tagName);
  const tour = [await region()];
  for (let steps = 0; steps < 3; steps++) {
    await keyboard.press('F6');
    tour.push(await region());
  }
  assert.deepEqual(tour, ['.comp', '#side', '#messages', '.comp']);
  await keyboard.press('Shift+F6');
  assert.equal(await region(), '#messages');

  // Details open and close; Esc takes the topmost layer only.
  await keyboard.press('Control+.');
  await bob.page.getByRole('complementary').waitFor();
  await keyboard.press('Control+/');
  await bob.page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await keyboard.press('Escape');
  await bob.dialog.waitFor({ state: 'hidden' });
  assert.ok(await bob.page.getByRole('complementary').isVisible());
  await keyboard.press('Escape');
  await bob.page.getByRole('complementary').waitFor({ state: 'hidden' });

  // Esc reads the room, Shift+Esc all of them.
  await ada.says(rooms[1], 'one');
  await ada.says(rooms[2], 'two');
  await bob.row(rooms[2]).locator('.dot').waitFor();
  await bob.composer.focus();
  await keyboard.press('Shift+Escape');
  await bob.page.getByRole('dialog', { name: 'Mark everything read?' }).getByRole('button', { name: 'Mark read' }).click();
  await until(() => bob.sidebar.locator('.dot').count(), (count) => count === 0, 'nothing is unread');
  await keyboard.press('Control+,');
  await bob.page.getByRole('heading', { name: 'Profile', level: 1 }).waitFor();
});

story('where the focus is can be seen, at every stop', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Stops');
  await guest('Bob Larsen', { rooms: [room] });
  await ada.says(room, 'A message with a [link](https://example.org) and `code`');
  for (const [path, least] of [
    [`/r/${room.id}`, 12],
    ['/rooms', 10],
    ['/settings/profile', 12],
    ['/settings/appearance', 12],
    ['/settings/devices', 8],
  ]) {
    await ada.opens(path);
    await ada.page.getByRole('heading', { level: 1 }).waitFor();
    await ada.isOnline();
    // From the very first stop on, which leads past the sidebar.
    await ada.page.keyboard.press('Tab');
    await ada.page.locator('.skip').focus();
    const stops = [await focused(ada.page)];
    assert.equal(stops[0].name, 'Skip to messages');
    for (let steps = 0; steps < 30; steps++) {
      await ada.page.keyboard.press('Tab');
      const stop = await focused(ada.page);
      if (stop.tag === 'body') break;
      stops.push(stop);
    }
    assert.ok(stops.length >= least, `${path} has ${stops.length} stops`);
    assert.deepEqual(stops.filter(({ visible }) => !visible), [], path);
  }
  await ada.comesTo(room);
  await ada.page.locator('.skip').focus();
  await ada.page.keyboard.press('Enter');
  await expectFocus(ada.composer);
});

story('a menu is walked by arrows and gives the focus back', async ({ owner }) => {
  const ada = await owner();
  await ada.opens();
  await ada.isOnline();
  const opener = ada.button('New room or message');
  await opener.focus();
  await ada.page.keyboard.press('Enter');
  const items = ada.menu.getByRole('menuitem');
  await expectFocus(items.first());
  await ada.page.keyboard.press('ArrowDown');
  await expectFocus(items.nth(1));
  await ada.page.keyboard.press('End');
  await expectFocus(items.last());
  await ada.page.keyboard.press('ArrowDown');
  await expectFocus(items.first());
  await ada.page.keyboard.press('Escape');
  await ada.menu.waitFor({ state: 'hidden' });
  await expectFocus(opener);

  await ada.page.keyboard.press('Enter');
  await items.nth(1).press('Enter');
  const dialog = ada.page.getByRole('dialog', { name: 'New room' });
  await expectFocus(dialog.getByLabel('Name'));
  await ada.page.keyboard.type('Made by keys');
  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('heading', { name: 'Made by keys', level: 1 }).waitFor();
  await expectFocus(ada.composer);
});

story('single keys act on the message that has the focus, unless they are switched off', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Single keys');
  await ada.says(room, 'a message of mine');
  await ada.comesTo(room);
  const { page } = ada;
  const focusMessage = async () => {
    await ada.message('a message of mine').focus();
    await expectFocus(ada.message('a message of mine'));
  };
  await focusMessage();
  await page.keyboard.press('e');
  await expectFocus(page.getByRole('textbox', { name: 'Edit message' }));
  await page.keyboard.press('Escape');
  // A letter that means nothing on a message is the first of a new one.
  await focusMessage();
  await page.keyboard.press('w');
  await expectFocus(ada.composer);
  await until(() => ada.composer.inputValue(), (text) => text === 'w', 'the letter');
  await ada.composer.fill('');

  await ada.opens('/settings/keyboard');
  await page.getByRole('switch', { name: /Single keys/ }).uncheck();
  await until(() => ada.asks('GET', '/me'), ({ settings }) => settings.composer?.single_keys === false, 'the server knows');
  await ada.comesTo(room);
  await focusMessage();
  await page.keyboard.press('e');
  await expectFocus(ada.composer);
  await until(() => ada.composer.inputValue(), (text) => text === 'e', 'only a letter');
  await ada.composer.fill('');
  await focusMessage();
  await page.keyboard.press('Delete');
  await page.getByRole('dialog', { name: 'Delete this message?' }).waitFor();
});

story('Esc takes the topmost thing, and leads to the newest message at the end', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Layers');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  for (let n = 0; n < 40; n++) await ada.says(room, `line ${n}`);
  await bob.hasRead(room);
  await bob.comesTo(room);
  await bob.sees('line 39');
  const { page } = bob;
  await bob.message('line 39').focus();
  await page.keyboard.press('r');
  await page.locator('.replying').waitFor();
  await bob.message('line 39').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Escape');
  await page.locator('.replying').waitFor({ state: 'detached' });
  await expectFocus(bob.composer);
  const left = () => page.locator('#messages').evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
  await bob.log.getByRole('article').first().focus();
  await until(left, (px) => px > 200, 'far from the end');
  await page.keyboard.press('Escape');
  await until(left, (px) => px < 4, 'at the end');
  await expectFocus(bob.composer);
});
