// Pictures of every screen with people in it, to look at: out/*.png. Taken by `tests/run --full`, or SNUG_TEST_FULL=1.
// Each is looked at by axe and measured against the window too, under the real policy, and nothing may complain.
import assert from 'node:assert/strict';
import { withAuthenticator } from './support/authenticator.mjs';
import { answered, DESKTOP, SERVER_AWAY } from './support/browser.mjs';
import { house, PASSWORD } from './support/house.mjs';
import { camera, WIDTHS } from './support/pictures.mjs';
import { png, wav } from './support/samples.mjs';
import { code } from './support/totp.mjs';
import { until } from './support/wait.mjs';

const { story, home } = house({ full: true, timeout: 400_000 });
/** A server that asks everybody for a second factor. */
const strict = house({ full: true, environment: { SNUG_AUTH__SECOND_FACTOR: 'all' } });
const OFFLINE = [/ERR_INTERNET_DISCONNECTED/, ...SERVER_AWAY];

/** Six people and what they say, as on the drawings that the client was made after. */
async function settle(ada, guest) {
  // The first run makes the first room.
  const rooms = { General: (await ada.asks('GET', '/rooms')).rooms[0] ?? (await ada.makesRoom('General')) };
  for (const [name, topic, kind] of [
    ['Launch', 'Everything until the ninth. Decisions go to the wiki.', 'public'],
    ['Design', 'Colours, type and pictures', 'public'],
    ['Kitchen', null, 'public'],
    ['Money', 'Budget of the year', 'private'],
  ])
    rooms[name] = await ada.makesRoom(name, { topic, kind });
  const all = Object.values(rooms).filter(({ kind }) => kind === 'public');
  const people = {};
  for (const name of ['Aiko Tanaka', 'Bob Larsen', 'Lena Brandt', 'Sam Okafor', 'Mia Rossi'])
    people[name.split(' ')[0]] = await guest(name, { from: ada, rooms: all, username: name.split(' ')[0].toLowerCase() });
  const { Aiko, Bob, Lena, Sam, Mia } = people;
  await Aiko.asks('PATCH', '/me', { status: { emoji: '🏠', text: 'From home today' } });
  await Sam.asks('PATCH', '/me', { status: { emoji: '✈️', text: 'In Lisbon until Thursday' } });

  await Lena.says(rooms.General, 'The new coffee is in the kitchen.');
  await Mia.says(rooms.Design, 'The second draft of the poster is up.');
  await ada.says(rooms.Money, 'The figures are final now.');
  const L = rooms.Launch;
  await Aiko.says(L, 'Morning. The page is on staging since eight.');
  await Aiko.says(L, 'Pictures load in 300 ms now, they took 1.9 s before.');
  const ask = await Bob.says(L, 'Nice. Did you check the small sizes too? The header was **too tall** on my phone last week.');
  await Aiko.says(L, 'Yes, see the list at [the wiki](https://wiki.example.org/launch). Two are open:\n\n- the menu at 320 px\n- the footer in German', { reply_to: ask.id });
  await ada.says(L, 'I take the footer.');
  await ada.says(L, 'Who does the numbers for Thursday? @sam perhaps?');
  const query = await Sam.says(L, 'On it. This is the query I would use:\n\n```sql\nselect day, count(*) from visits\nwhere day >= date \'2026-11-01\'\ngroup by day order by day;\n```');
  await Mia.says(L, '🎉');
  const root = await Lena.says(L, 'One question for all: do we tell the press on the eighth or the ninth?');
  const ours = await ada.says(L, 'The ninth, with everybody else.');
  await Bob.says(L, `Good. Then nothing goes out before nine in the morning, and I would like everyone to read the text once more until Wednesday evening. It is short, a page and a half, and the part about prices has changed since Friday.`, { reply_to: ours.id });
  await Lena.says(L, '@ada could you look at the second paragraph?');

  await Bob.says(L, 'I would say the ninth.', { thread: root.id });
  await Aiko.says(L, 'So do I. The list of addresses is in the wiki; it needs **one more** look by somebody who knows them.', { thread: root.id });
  await ada.says(L, 'Then the ninth it is.', { thread: root.id });
  await Mia.says(L, 'Good, @ada', { thread: root.id });
  for (const { id } of [root, query]) await ada.asks('PUT', `/rooms/${L.id}/messages/${id}/saved`);

  const direct = await ada.asks('POST', '/directs', { users: [Aiko.user.id] });
  await Aiko.says(direct, 'Do you have ten minutes after lunch?');
  await ada.says(direct, 'Sure. At two?');
  await Aiko.says(direct, 'Two is good. I bring the **drawings**, and the list of what is still missing. It has become shorter.');
  await Aiko.says(direct, '🙂');
  await ada.says(direct, 'Very good. I am in the small room.');
  const bobs = await ada.asks('POST', '/directs', { users: [Bob.user.id] });
  await Bob.says(bobs, 'Can I borrow the projector?');
  await ada.asks('POST', '/directs', { users: [Sam.user.id, Mia.user.id] }).then((room) => Mia.says(room, 'Lunch at one?'));
  await ada.hasRead(rooms.Launch);
  await ada.hasRead(direct);
  for (const name of ['Aiko', 'Bob', 'Mia']) await people[name].comesTo(rooms.General);
  return { rooms, direct, people };
}

const LONG = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung';
const phoneWide = (device) => Number(device) < 720;
const inThread = (person) => person.page.getByRole('complementary', { name: 'Thread' });

let place;
/** The same people in every story of this file; who was there before looks in again. */
async function present(stage, options) {
  const ada = await stage.owner(options);
  if (!place) return { ada, ...(place = await settle(ada, stage.guest)) };
  for (const name of ['aiko', 'bob', 'mia']) {
    const friend = await stage.visitor();
    await friend.isLetIn('/auth/login', { username: name, password: PASSWORD });
    await friend.comesTo(place.rooms.General);
    place.people[name[0].toUpperCase() + name.slice(1)] = friend;
  }
  return { ada, ...place };
}

let shared;
/** A room where people show each other things. */
async function showroom({ ada, people, rooms }) {
  if (shared) return shared;
  const { Aiko, Bob } = people;
  const room = rooms.Design;
  const plan = Buffer.from('%PDF-1.7\n'.padEnd(248_000, '%'));
  const waveform = Array.from({ length: 64 }, (_, at) => Math.round(Math.abs(Math.sin(at / 5) * 24) + (at % 5)));
  await Aiko.sends(room, '', [['hero-v3.png', png(1600, 900, 200)]]);
  await Aiko.says(room, 'Here is v3 of the hero. I went for dawn instead of noon.');
  await ada.sends(room, 'These two are from the phone', [['portrait.png', png(600, 900, 30)], ['harbour.png', png(900, 600, 260)]]);
  await Bob.sends(room, '', Array.from({ length: 3 }, (_, at) => [`poster-${at + 1}.png`, png(500, 500, at * 70)]));
  await ada.sends(room, '', Array.from({ length: 8 }, (_, at) => [`wall-${at + 1}.png`, png(400 + at * 20, 400, at * 45)]));
  const one = await Aiko.sends(room, '', [['tall-and-narrow.png', png(240, 1200, 120)]]);
  await Bob.sends(room, 'The icon', [['icon.png', png(32, 32, 320)]], { reply_to: one.id });
  await Bob.sends(room, '', [['rollback-plan.pdf', plan], ['The whole text of the campaign with all the comments of everybody, final version 7.docx', plan], ['خطة العمل النهائية.pdf', plan]]);
  await ada.sends(room, 'And the budget', [['budget.ods', plan]]);
  await Aiko.sends(room, '', [['voice.wav', wav(12), { duration_ms: 12_400, waveform }]]);
  await ada.sends(room, '', [['jingle.wav', wav(4)]]);
  return (shared = { room });
}

/** Opens the tools of a message, by a finger or a mouse. */
async function acts(person, message) {
  const words = person.byId(message).locator('.b');
  await words.scrollIntoViewIfNeeded();
  if (await person.page.evaluate(() => navigator.maxTouchPoints > 0)) {
    const box = await words.boundingBox();
    const touch = await person.context.newCDPSession(person.page);
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: box.x + 20, y: box.y + box.height / 2 }] });
    await person.menu.waitFor();
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  } else {
    await words.hover();
    await person.byId(message).getByRole('button', { name: 'More', exact: true }).click();
    await person.menu.waitFor();
  }
}

story('the first run', async ({ visitor }) => {
  const ada = await visitor();
  const wrong = [];
  const shot = async (name) => {
    for (const [device, { viewport }] of WIDTHS) {
      await ada.page.setViewportSize(viewport);
      const one = camera(device);
      await one.shot(ada, name);
      wrong.push(...one.found);
    }
  };
  await ada.page.goto(home.server.setupLink);
  await ada.page.getByLabel('Name').fill('Harbour Studio');
  await shot('setup-1');
  await ada.page.getByRole('button', { name: 'Continue' }).click();
  await ada.page.getByLabel('Your name').fill('Ada Berg');
  await ada.page.getByLabel('Password', { exact: true }).fill('four warm words here');
  await shot('setup-2');
  await ada.page.getByRole('button', { name: 'Continue' }).click();
  await ada.page.getByRole('textbox', { name: 'Invite link' }).waitFor();
  home.owned = true;
  await shot('setup-3');
  assert.deepEqual(wrong, []);
});

strict.story('a second factor that everybody must have', async ({ visitor }) => {
  const ada = await visitor();
  const { page } = ada;
  ada.expect(answered(403));
  const wrong = [];
  const shot = async (name) => {
    for (const [device, { viewport }] of WIDTHS) {
      await page.setViewportSize(viewport);
      const one = camera(device);
      await one.shot(ada, name);
      wrong.push(...one.found);
    }
  };
  const setup = strict.home.server.setupLink.split('#')[1];
  await ada.isLetIn('/setup', { code: setup, username: 'ada', name: 'Ada Berg', password: PASSWORD, server_name: 'Harbour Studio' });
  await ada.opens('/rooms');
  await page.getByRole('heading', { name: 'Protect your account' }).waitFor();
  await shot('enrol');
  await ada.button('Set up an app that shows codes').click();
  const secret = await page.getByRole('textbox', { name: 'If you cannot scan' }).innerText();
  await shot('enrol-app');
  await page.getByLabel('Code that the app shows').fill(code(secret));
  await ada.button('Turn on').click();
  await ada.button('I have kept them').waitFor();
  await shot('enrol-codes');
  assert.deepEqual(wrong, []);
});

for (const [device, options] of WIDTHS) {
  const phone = phoneWide(device);

  story(`doors, ${device} px`, async (stage) => {
    const { ada, rooms } = await present(stage, options);
    const { shot, found } = camera(device);
    const stranger = await stage.visitor(options);
    stranger.expect(answered(401), answered(404));
    await stranger.opens('/login');
    await stranger.page.getByLabel('Username').waitFor();
    await shot(stranger, 'login');
    await stranger.page.getByLabel('Username').fill('nobody');
    await stranger.page.getByLabel('Password', { exact: true }).fill('wrong and wrong');
    await stranger.button('Sign in').click();
    await stranger.page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
    await shot(stranger, 'login-wrong');
    const invite = await ada.asks('POST', '/invites', { rooms: [rooms.Launch.id, rooms.General.id] });
    await stranger.opens(new URL(invite.url).pathname);
    await stranger.page.getByLabel('Your name').fill('Nils Falk');
    await shot(stranger, 'register');
    await stranger.opens('/j/nothing');
    await stranger.page.locator('h1').waitFor();
    await shot(stranger, 'invite-over');
    await stranger.opens('/trust');
    await stranger.page.locator('h1').waitFor();
    await shot(stranger, 'trust');
    await stranger.opens('/api');
    await stranger.page.locator('details.route').first().waitFor();
    await shot(stranger, 'api');
    await stranger.page.locator('#patch_rooms_room > summary').click();
    await stranger.page.locator('#patch_rooms_room .ref-body').waitFor();
    await stranger.page.locator('#patch_rooms_room').evaluate((route) => route.scrollIntoView());
    await shot(stranger, 'api-route');
    await stranger.opens('/nothing/here');
    await stranger.page.locator('h1').waitFor();
    await shot(stranger, 'not-found');
    assert.deepEqual(found, []);
  });

  /** Everything about second factors; `prefix` for the names of the pictures. */
  const protection = async (stage, prefix, locale) => {
    const own = { ...options, locale };
    // Passkeys belong to a name.
    home.server.url = home.server.url.replace('127.0.0.1', 'localhost');
    await stage.owner();
    const bob = await stage.guest(`Bob Larsen ${device}`, { device: own });
    const { shot, found } = camera(device);
    const { page } = bob;
    const dialogs = page.getByRole('dialog');
    bob.expect(answered(403), answered(422));
    await bob.opens('/settings/security');
    await page.locator('.standing').waitFor();
    await shot(bob, `${prefix}security-empty`);
    await page.locator('.pane .list .btn-p').click();
    await dialogs.locator('.qr img').waitFor();
    if (!phone) await dialogs.locator('.codefield:focus').waitFor();
    await shot(bob, `${prefix}security-app`);
    const secret = await dialogs.locator('.copy [role=textbox]').innerText();
    await dialogs.locator('.codefield').fill('000000');
    await dialogs.locator('.btn-p').click();
    await dialogs.locator('[aria-invalid=true]').waitFor();
    await shot(bob, `${prefix}security-app-wrong`);
    await dialogs.locator('.codefield').fill(code(secret));
    await dialogs.locator('.btn-p').click();
    await dialogs.locator('.codes').waitFor();
    const codes = await dialogs.locator('.codes code').allInnerTexts();
    await shot(bob, `${prefix}security-codes`);
    await dialogs.locator('.btn-p').click();
    await page.locator('.standing.good').waitFor();
    await shot(bob, `${prefix}security-on`);

    // Two devices that make passkeys, one after the other: a device makes one only.
    let { session, authenticatorId } = await withAuthenticator(bob);
    const add = page.locator('.pane > .btn-q').last();
    await add.click();
    await page.locator('.pane .list').nth(1).getByRole('listitem').first().waitFor();
    await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    ({ session, authenticatorId } = await withAuthenticator(bob));
    await add.click();
    await page.locator('.pane .list').nth(1).getByRole('listitem').nth(1).waitFor();
    await page.locator('.pane .list').nth(1).getByRole('button').first().click();
    await dialogs.getByRole('textbox').fill('The laptop on the desk in the small room upstairs');
    await shot(bob, `${prefix}passkey-rename`);
    await dialogs.locator('.btn-p').click();
    await dialogs.first().waitFor({ state: 'hidden' });
    await shot(bob, `${prefix}security-passkeys`);
    await page.evaluate(() => document.querySelector('.page').scrollTo(0, 1e6));
    await shot(bob, `${prefix}security-passkeys-end`);
    await page.locator('.pane .list').nth(1).getByRole('button').nth(1).click();
    await dialogs.waitFor();
    await shot(bob, `${prefix}passkey-remove`);
    await page.keyboard.press('Escape');

    // At the door, with the password right.
    const door = await stage.visitor(own);
    door.expect(answered(401), answered(404));
    await door.opens('/login');
    await door.page.locator('#username').fill(bob.user.username);
    await door.page.locator('input[type=password]').fill(PASSWORD);
    await door.page.locator('.auth .btn-p').click();
    await door.page.locator('#code-totp').waitFor();
    await shot(door, `${prefix}login-code`);
    await door.page.locator('#code-totp').fill('000000');
    await door.page.getByRole('alert').filter({ hasText: /./ }).waitFor();
    await shot(door, `${prefix}login-code-wrong`);
    await door.page.locator('.fn button').first().click();
    await door.page.locator('#code-recovery').fill(codes[0]);
    await shot(door, `${prefix}login-recovery`);

    // A second device.
    await bob.opens('/settings/devices');
    await page.locator('.list li').first().waitFor();
    await shot(bob, `${prefix}devices`);
    await page.locator('.pane .btn').filter({ has: page.locator('.i') }).first().click();
    await dialogs.locator('.qr img').waitFor();
    const link = await dialogs.locator('.copy [role=textbox]').innerText();
    await shot(bob, `${prefix}devices-link`);
    const other = await stage.visitor(own);
    other.expect(answered(401), answered(403), answered(404));
    await other.page.goto(link);
    await other.page.locator('.whois').waitFor();
    await shot(other, `${prefix}link`);
    await other.page.locator('.auth .btn-p').click();
    await dialogs.locator('.standing.good').waitFor();
    await shot(bob, `${prefix}devices-link-used`);
    await other.opens('/settings/security');
    await other.page.locator('.pane .list .btn-q').nth(1).click();
    await other.page.getByRole('dialog').locator('input[type=password]').waitFor();
    await shot(other, `${prefix}password-once-more`);
    await door.page.goto(link);
    await door.page.locator('.auth h1').filter({ hasNotText: 'Harbour' }).waitFor();
    await shot(door, `${prefix}link-over`);
    assert.deepEqual(found, []);
  };
  for (const [prefix, locale] of [['', 'en-GB'], ['ar-', 'ar-EG']])
    story(`second factors${prefix && ' from right to left'}, ${device} px`, async (stage) => {
      const { url } = home.server;
      try {
        await protection(stage, prefix, locale);
      } finally {
        home.server.url = url;
      }
    });

  story(`a conversation, ${device} px`, async (stage) => {
    const { ada, rooms, direct, people } = await present(stage, options);
    const { shot, found } = camera(device);
    const { page } = ada;
    if (phone) {
      await ada.opens();
      await ada.row(direct).waitFor();
      await shot(ada, 'list');
      await page.locator('.rooms').evaluate((list) => list.scrollTo(0, list.scrollHeight));
      await shot(ada, 'list-end');
      await ada.button('New').or(page.locator('.brand .ib')).first().click();
      await ada.menu.waitFor();
      await shot(ada, 'list-new');
      await page.keyboard.press('Escape');
    }
    await ada.comesTo(rooms.Launch);
    await ada.sees('second paragraph');
    await page.locator('.av[data-presence=active]').first().waitFor({ state: 'attached' });
    await shot(ada, 'chat');
    const { messages } = await ada.asks('GET', `/rooms/${rooms.Launch.id}/messages`);
    const said = (words) => messages.find(({ text }) => text?.includes(words));
    const first = messages.filter(({ kind }) => kind === 'text')[0];
    if (!phone) {
      await ada.byId(said('ninth, with')).locator('.b').hover();
      await shot(ada, 'tools-own');
      await ada.log.evaluate((list) => list.scrollTo(0, 0));
      await ada.byId(first).locator('.b').hover();
      await shot(ada, 'tools-top');
    }
    await acts(ada, said('Who does'));
    await shot(ada, 'menu');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await ada.dialog.getByRole('option').nth(2).waitFor();
    await shot(ada, 'switcher');
    await page.keyboard.type('la');
    await ada.dialog.getByRole('option').first().waitFor();
    await shot(ada, 'switcher-found');
    await ada.dialog.getByRole('combobox').fill('lanuch');
    await ada.dialog.getByRole('option', { name: 'Launch' }).waitFor();
    await shot(ada, 'switcher-guessed');
    await ada.dialog.getByRole('combobox').fill('zzzz');
    await shot(ada, 'switcher-nothing');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+f');
    const find = page.getByRole('combobox', { name: 'Search messages' });
    await find.fill('');
    await page.getByRole('heading', { name: 'What can be typed' }).waitFor();
    await shot(ada, 'search-empty');
    await find.fill('the');
    await page.locator('.findgroup mark').first().waitFor();
    await shot(ada, 'search');
    await find.fill('the from:l');
    await page.getByRole('option').nth(1).waitFor();
    await shot(ada, 'search-completing');
    await find.fill('the in:Launch -from:bob');
    await page.locator('.filters li').nth(1).waitFor();
    await page.locator('.findgroup mark').first().waitFor();
    await shot(ada, 'search-filters');
    await find.fill('zzzz in:Launch');
    await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
    await shot(ada, 'search-nothing');
    await find.fill('the draft');
    await page.locator('.findgroup a').first().click();
    await ada.button('Back to what was found').waitFor();
    await shot(ada, 'search-back');
    await page.goBack();
    await find.fill('');
    await page.getByRole('heading', { name: 'Searched lately' }).waitFor();
    await shot(ada, 'search-recent');
    await find.fill('design');
    await page.locator('.known a').first().waitFor();
    await shot(ada, 'search-known');
    ada.expect(/ERR_FAILED/);
    await page.route('**/api/v1/search?*', (route) => route.abort());
    await find.fill('nobody answers');
    await page.getByRole('heading', { name: 'Search needs the server' }).waitFor();
    await shot(ada, 'search-failed');
    await page.unroute('**/api/v1/search?*');
    await ada.comesTo(rooms.Launch);
    await ada.button('Emoji').click();
    await ada.dialog.locator('[data-emoji]').first().waitFor();
    await shot(ada, 'emoji');
    await ada.dialog.getByRole('searchbox').fill('hand');
    await shot(ada, 'emoji-found');
    await ada.dialog.getByRole('searchbox').fill('zzzz');
    await shot(ada, 'emoji-nothing');
    await page.keyboard.press('Escape');

    // Answering, changing, and words that offer themselves.
    await ada.composer.fill('');
    await ada.composer.press('Shift+ArrowUp');
    await page.getByText('Replying to').waitFor();
    await shot(ada, 'reply');
    await ada.button('Cancel reply').click();
    await ada.composer.press('ArrowUp');
    await page.getByRole('textbox', { name: 'Edit message' }).waitFor();
    await shot(ada, 'edit');
    await page.keyboard.press('Escape');
    await ada.composer.pressSequentially('Ask @');
    await page.getByRole('listbox').getByRole('option').first().waitFor();
    await shot(ada, 'suggest-people');
    await ada.composer.fill('');
    await ada.composer.pressSequentially('So :sai');
    await page.getByRole('listbox').getByRole('option').first().waitFor();
    await shot(ada, 'suggest-emoji');
    await ada.composer.fill('Some **words** in `code`\nand a second line\nand a third');
    await page.locator('.hint').waitFor();
    await shot(ada, 'written');
    await ada.composer.fill('');

    // Reactions, pins and a thread.
    for (const [name, emoji] of [['Aiko', '👍'], ['Bob', '👍'], ['Mia', '🎉'], ['Mia', '⛵'], ['Bob', '❤️'], ['Aiko', '🏳️‍🌈']])
      await people[name].asks('PUT', `/rooms/${rooms.Launch.id}/messages/${said('The ninth').id}/reactions/${encodeURIComponent(emoji)}`);
    for (const emoji of ['👍', '🙂']) await ada.asks('PUT', `/rooms/${rooms.Launch.id}/messages/${said('second paragraph').id}/reactions/${encodeURIComponent(emoji)}`);
    await ada.asks('PUT', `/rooms/${rooms.Launch.id}/pins/${said('Who does').id}`);
    await ada.asks('PUT', `/rooms/${rooms.Launch.id}/pins/${said('Then nothing').id}`);
    const root = said('One question');
    await ada.comesTo(rooms.Launch);
    await page.locator('.pinbar').waitFor();
    await ada.sees('second paragraph');
    await shot(ada, 'chat-reactions');
    await ada.byId(root).scrollIntoViewIfNeeded();
    await shot(ada, 'chat-thread-line');
    await page.getByRole('button', { name: 'Show all pinned messages' }).click();
    await page.getByRole('dialog', { name: 'Pinned messages' }).getByRole('article').first().waitFor();
    await shot(ada, 'pins');
    await page.keyboard.press('Escape');
    await ada.byId(root).getByRole('button', { name: /repl/ }).last().click();
    await inThread(ada).getByText('Then the ninth').waitFor();
    await shot(ada, 'thread');
    await page.keyboard.press('Escape');
    if (await inThread(ada).isVisible()) await ada.button(phone ? 'Back to the conversation' : 'Close thread').click();

    // Details and what opens from them.
    await ada.button('Room details').click();
    await page.locator('.drawer .pers').nth(5).waitFor();
    await shot(ada, 'details');
    await page.locator('.drawer .db').evaluate((part) => part.scrollTo(0, part.scrollHeight));
    await shot(ada, 'details-end');
    await page.locator('.drawer').getByRole('button', { name: /^Actions for/ }).first().click();
    await ada.menu.waitFor();
    await shot(ada, 'details-menu');
    await page.keyboard.press('Escape');
    await page.locator('.drawer .pers .name', { hasText: 'Sam' }).click();
    await ada.dialog.getByText('Rooms you share').waitFor();
    await shot(ada, 'person');
    await page.keyboard.press('Escape');
    for (const [name, verb] of [['edit-room', 'Edit'], ['leave', 'Leave room'], ['invite', 'Invite link']]) {
      await page.locator('.drawer').getByRole('button', { name: verb, exact: true }).click();
      await ada.dialog.waitFor();
      if (name === 'invite') await page.getByRole('textbox', { name: 'Invite link' }).waitFor();
      await shot(ada, name);
      await page.keyboard.press('Escape');
      await ada.dialog.waitFor({ state: 'hidden' });
    }
    await ada.button('Close details').click();
    await ada.comesTo(direct);
    await ada.sees('the small room');
    await shot(ada, 'direct');
    await ada.button('Details').click();
    await page.locator('.drawer').waitFor();
    await shot(ada, 'direct-details');
    await ada.button('Close details').click();
    await page.keyboard.press('Control+/');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await shot(ada, 'keys');
    await page.keyboard.press('Escape');
    assert.deepEqual(found, []);
  });

  story(`pages, ${device} px`, async (stage) => {
    const { ada } = await present(stage, options);
    const { shot, found } = camera(device);
    const { page } = ada;
    ada.expect(answered(404));
    // One is made by night; before the first there is none to show.
    await ada.opens('/admin/backups');
    await ada.button('Back up now').click();
    await page.locator('.backups .verdict').first().waitFor();
    for (const [name, path, sign] of [
      ['browse', '/rooms', '.list li'],
      ['gone', '/r/999999', '#main h1'],
      ['mentions', '/mentions', '#main h1, main h1'],
      ['saved', '/saved', '#main h1, main h1'],
      ['threads', '/threads', '#main h1, main h1'],
      ['settings', '/settings', '.subnav'],
      ['settings-profile', '/settings/profile', '#profile-name'],
      ['settings-appearance', '/settings/appearance', '#text-size'],
      ['settings-notifications', '/settings/notifications', '.pane h1'],
      ['settings-privacy', '/settings/privacy', '.pane h1'],
      ['settings-devices', '/settings/devices', '.list li'],
      ['settings-password', '/settings/password', '#password-new'],
      ['settings-keys', '/settings/keys', '.pane .btn-p'],
      ['settings-keyboard', '/settings/keyboard', '.keys'],
      ['admin', '/admin', '.subnav'],
      ['admin-overview', '/admin/overview', '.chart'],
      ['admin-people', '/admin/people', '.people .acct'],
      ['admin-rooms', '/admin/rooms', '.roomtable tbody tr'],
      ['admin-invites', '/admin/invites', '.pane .btn-p'],
      ['admin-sessions', '/admin/sessions', '.signedin .line'],
      ['admin-bots', '/admin/bots', '.pane .btn-p'],
      ['admin-backups', '/admin/backups', '.backups .line'],
      ['admin-certificates', '/admin/certificates', '.certfacts'],
      ['admin-storage', '/admin/storage', '.fig'],
      ['admin-audit', '/admin/audit', '.verdict'],
      ['admin-settings', '/admin/settings', '.starts .line'],
    ]) {
      await ada.opens(path);
      await page.locator(sign).first().waitFor();
      if (/^(mentions|saved|threads)$/.test(name)) await page.locator('#main li').first().waitFor();
      await shot(ada, name);
      if (/profile|appearance|notifications|keyboard/.test(name)) {
        await page.locator('.pane').evaluate((part) => part.scrollTo(0, part.scrollHeight));
        await page.evaluate(() => document.querySelector('.page').scrollTo(0, 1e6));
        await shot(ada, `${name}-end`);
      }
    }
    await ada.opens('/rooms');
    await ada.button('New room').click();
    await page.getByRole('dialog', { name: 'New room' }).getByRole('option').first().waitFor();
    await shot(ada, 'new-room');
    await page.keyboard.press('Escape');
    await ada.opens(phone ? '/settings' : '/settings/profile');
    await page.getByRole('button', { name: /set a status/i }).first().click();
    await ada.dialog.getByRole('button', { name: /At lunch/ }).click();
    await ada.dialog.getByLabel('Clear after').waitFor();
    await shot(ada, 'status');
    await page.keyboard.press('Escape');
    await ada.opens(phone ? '/' : '/rooms');
    await page.getByRole('button', { name: 'New message' }).or(page.locator('.sec button.ib')).first().click();
    await ada.dialog.getByRole('option').first().waitFor();
    await shot(ada, 'new-direct');
    await page.keyboard.press('Escape');
    assert.deepEqual(found, []);
  });

  story(`states, ${device} px`, async (stage) => {
    const { ada, rooms, people, direct } = await present(stage, options);
    const { shot, found } = camera(device);
    const { page } = ada;
    ada.expect(answered(500), answered(404), ...OFFLINE);
    await ada.comesTo(await ada.makesRoom(`Empty ${device}`));
    await shot(ada, 'empty-room');
    const nils = await stage.guest('Nils Falk', { from: ada, device: options });
    for (const name of ['mentions', 'saved', 'threads']) {
      await nils.opens(`/${name}`);
      await nils.page.locator('#main .empty').waitFor();
      await shot(nils, `empty-${name}`);
    }
    await nils.goes();
    stage.people.splice(stage.people.indexOf(nils), 1);

    // Waiting for the first page, and not getting it.
    const slow = await ada.makesRoom(`Slow ${device}`);
    await people.Bob.joins(slow);
    await people.Bob.says(slow, 'a word');
    let letGo;
    await page.route(`**/rooms/${slow.id}/messages*`, (route) => new Promise((done) => (letGo = () => done(route.fulfill({ status: 500, json: { error: 'fault' } })))));
    await ada.opens(`/r/${slow.id}`);
    await page.locator('.sk').first().waitFor();
    await shot(ada, 'skeleton');
    letGo();
    await page.locator('#messages').getByRole('button').first().waitFor();
    await shot(ada, 'error');
    await page.unroute(`**/rooms/${slow.id}/messages*`);

    // Rooms in which one may only read.
    const attic = await ada.makesRoom(`Attic ${device}`);
    await people.Bob.joins(attic);
    await people.Bob.says(attic, 'We moved to Launch.');
    await ada.asks('PATCH', `/rooms/${attic.id}`, { archived: true });
    await ada.opens(`/r/${attic.id}`);
    await page.locator('.closed').waitFor();
    await ada.sees('We moved');
    await shot(ada, 'archived');
    const news = await people.Bob.makesRoom(`News ${device}`, { topic: 'What everybody should know' });
    await ada.joins(news);
    await people.Bob.says(news, 'The door of the yard stays locked on Friday.');
    await people.Bob.asks('PATCH', `/rooms/${news.id}`, { rules: { post: 'admins' } });
    await ada.opens(`/r/${news.id}`);
    await page.locator('.closed').waitFor();
    await shot(ada, 'announcements');

    // Long names, long words, and everything a message can hold.
    const long = await stage.guest(`Wilhelmina Featherstonehaugh ${LONG.slice(0, 30)}`, { from: ada, username: `wilhelmina${device}` });
    await long.asks('PATCH', '/me', { status: { emoji: '⛵', text: `${LONG} and more` }, about: `${LONG} ${LONG}` });
    const full = await ada.makesRoom(`${LONG.slice(0, 60)} ${device}`, { topic: `${LONG} https://example.org/${'a'.repeat(80)}`, members: [long] });
    const gone = await long.says(full, 'nothing');
    await long.asks('DELETE', `/rooms/${full.id}/messages/${gone.id}`);
    const word = await long.says(full, `${LONG}${LONG} https://example.org/${'path/'.repeat(30)}`);
    await ada.says(full, `Words **bold**, _leaning_, ~~gone~~, \`code\`, [a link](https://example.org), #Launch and @wilhelmina${device}\n\n> A quote of ${LONG}\n\n1. one\n2. two\n   - deep\n     - deeper`, { reply_to: word.id });
    await long.says(full, `| A table | b | c | d |\n|---|---|---|---|\n| ${LONG} | 2 | 3 | ${LONG} |\n\n# A heading\n\nand words`);
    await long.says(full, `\`\`\`js\nconst ${'long'.repeat(30)} = 'one';\n${Array.from({ length: 24 }, (_, n) => `line(${n});`).join('\n')}\n\`\`\``);
    const changed = await ada.says(full, 'first words');
    await ada.asks('PATCH', `/rooms/${full.id}/messages/${changed.id}`, { text: 'Other words' });
    await long.says(full, Array.from({ length: 30 }, (_, n) => `Line ${n + 1} of a text that goes on`).join('\n'));
    await ada.comesTo(full);
    await ada.sees('goes on');
    await shot(ada, 'long-end');
    await ada.log.evaluate((list) => list.scrollTo(0, 0));
    await shot(ada, 'long');
    await ada.byId(changed).scrollIntoViewIfNeeded();
    await shot(ada, 'long-middle');
    await ada.button('Room details').click();
    await page.locator('.drawer .pers').nth(1).waitFor();
    await shot(ada, 'long-details');
    await page.locator('.drawer .pers .name', { hasText: 'Wilhelmina' }).click();
    await ada.dialog.getByText('Rooms you share').waitFor();
    await shot(ada, 'long-person');
    await page.keyboard.press('Escape');
    await ada.button('Close details').click();
    const alone = await ada.asks('POST', '/directs', { users: [long.user.id] });
    await long.says(alone, LONG);
    await ada.comesTo(alone);
    await shot(ada, 'long-direct');
    await long.goes();
    stage.people.splice(stage.people.indexOf(long), 1);

    // Three hundred rows, unread, and away from the end.
    const many = await ada.makesRoom(`Many ${device}`);
    await people.Bob.joins(many);
    await people.Aiko.joins(many);
    await ada.hasRead(many);
    const from = 300;
    for (let n = 0; n < from; n += 1) await people[n % 7 < 3 ? 'Bob' : 'Aiko'].says(many, `Row ${n + 1}${n % 5 ? '' : ', which says a little more than the others so that it takes two lines on a phone'}`);
    await ada.opens(`/r/${many.id}`);
    await ada.log.and(page.locator('[aria-busy=false]')).waitFor();
    await ada.log.getByRole('article').first().waitFor();
    await shot(ada, 'many-new');
    await ada.comesTo(many);
    await ada.log.evaluate((list) => list.scrollTo(0, list.scrollHeight / 2));
    await people.Bob.says(many, 'One more @ada');
    await page.getByRole('button', { name: /new message|Jump to present/ }).waitFor();
    await shot(ada, 'many-away');

    // A draft, then no network: what waits, what failed, what is told.
    await ada.comesTo(rooms.Kitchen);
    await ada.composer.fill('Half a thought');
    await ada.keepsDraft('Half a thought');
    await ada.comesTo(rooms.General);
    await shot(ada, 'drafts');
    if (phone) {
      await page.getByRole('link', { name: 'Back to chats' }).click();
      await ada.row(rooms.Kitchen).waitFor();
      await shot(ada, 'list-draft');
      await ada.row(rooms.General).click();
      await ada.composer.waitFor();
    }
    const refused = await people.Bob.makesRoom(`Refused ${device}`);
    await ada.joins(refused);
    await people.Bob.says(refused, 'What do you say?');
    await ada.comesTo(refused);
    await ada.context.setOffline(true);
    await page.evaluate(() => window.dispatchEvent(new Event('offline')));
    await ada.composer.fill('I say yes');
    await ada.button('Send').click();
    await page.getByRole('alert').filter({ hasText: 'Offline' }).waitFor();
    await ada.shows(ada.message('I say yes'), 'Waiting for connection');
    await shot(ada, 'offline');
    await people.Bob.asks('PATCH', `/rooms/${refused.id}`, { archived: true });
    await ada.context.setOffline(false);
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await page.locator('[data-state=failed]').waitFor({ timeout: 30_000 });
    await shot(ada, 'failed');
    await page.locator('[data-state=failed]').getByRole('button', { name: 'Delete' }).click();
    await ada.asks('PUT', '/me/drafts', { room: rooms.Kitchen.id, thread: null, text: '', reply_to: null });
    await ada.opens(`/r/${direct.id}`);
    assert.deepEqual(found, []);
  });

  story(`files, ${device} px`, async (stage) => {
    const here = await present(stage, options);
    const { ada } = here;
    const { room } = await showroom(here);
    const { shot, found } = camera(device);
    const { page } = ada;
    const tour = async (name) => {
      await ada.opens(`/r/${room.id}`);
      await ada.log.locator('.voice').waitFor();
      for (const [part, share] of [['top', 0], ['upper', 0.3], ['lower', 0.65], ['end', 1]]) {
        await ada.log.evaluate((list, to) => list.scrollTo(0, to * (list.scrollHeight - list.clientHeight)), share);
        const seen = (all) => all.filter((one) => one.getBoundingClientRect().bottom > 0 && one.getBoundingClientRect().top < innerHeight).every((one) => one.complete && one.naturalWidth);
        await until(() => ada.log.locator('.pic img').evaluateAll(seen), Boolean, 'the pictures are there');
        await shot(ada, `${name}-${part}`);
      }
    };
    await tour('files');
    await ada.log.locator('[data-file]').filter({ has: page.getByRole('img', { name: 'harbour.png' }) }).click();
    await until(() => ada.dialog.getByRole('img', { name: 'harbour.png' }).evaluate((one) => one.complete && one.naturalWidth), Boolean, 'the large picture');
    await shot(ada, 'files-large');
    await page.keyboard.press('Escape');
    await ada.button('Room details').click();
    await page.locator('.thumbs button').nth(5).waitFor();
    await page.locator('.thumbs').scrollIntoViewIfNeeded();
    await shot(ada, 'files-details');
    await ada.button('Show all').click();
    await page.locator('.flines [data-file]').nth(10).waitFor();
    await shot(ada, 'files-all');
    await page.getByRole('radio', { name: 'Pictures' }).check({ force: true });
    await page.locator('.galgrid li').nth(10).waitFor();
    await shot(ada, 'files-pictures');
    await ada.button('Actions for icon.png').click();
    await ada.menu.waitFor();
    await shot(ada, 'files-menu');
    await page.keyboard.press('Escape');
    await ada.opens('/settings/keyboard');
    await page.evaluate(() => localStorage.setItem('snug.density', '"compact"'));
    await tour('files-compact');
    assert.deepEqual(found, []);
  });

  story(`files from right to left, ${device} px`, async (stage) => {
    const here = await present(stage, { ...options, locale: 'ar-EG' });
    const { ada } = here;
    const { room } = await showroom(here);
    const { shot, found } = camera(device);
    await ada.opens(`/r/${room.id}`);
    await ada.log.locator('.voice').waitFor();
    await shot(ada, 'ar-files-end');
    await ada.page.locator('#details-toggle').click();
    await ada.page.locator('.newfiles h4 button').click();
    await ada.page.locator('.flines [data-file]').nth(10).waitFor();
    await shot(ada, 'ar-files-all');
    await ada.page.locator('.flines .fmain').last().click();
    await ada.dialog.locator('.lbf').waitFor();
    await shot(ada, 'ar-files-large');
    assert.deepEqual(found, []);
  });

  story(`compact and the largest text, ${device} px`, async (stage) => {
    const { ada, rooms, direct } = await present(stage, options);
    const { shot, found } = camera(device);
    const { page } = ada;
    const tour = async (name) => {
      if (phone) {
        await ada.opens();
        await ada.row(direct).waitFor();
        await shot(ada, `${name}-list`);
      }
      await ada.comesTo(rooms.Launch);
      await ada.sees('second paragraph');
      await shot(ada, `${name}-chat`);
      await ada.button('Room details').click();
      await page.locator('.drawer .pers').nth(5).waitFor();
      await shot(ada, `${name}-details`);
      await ada.comesTo(direct);
      await ada.sees('the small room');
      await shot(ada, `${name}-direct`);
      await ada.opens('/settings/appearance');
      await page.locator('#text-size').waitFor();
      await shot(ada, `${name}-settings`);
    };
    await ada.opens('/settings/keyboard');
    await page.evaluate(() => localStorage.setItem('snug.density', '"compact"'));
    await tour('compact');
    await page.evaluate(() => {
      localStorage.setItem('snug.density', '"comfortable"');
      localStorage.setItem('snug.text', '4');
    });
    await tour('largest');
    await page.keyboard.press('Control+k');
    await ada.dialog.getByRole('option').nth(2).waitFor();
    await shot(ada, 'largest-switcher');
    assert.deepEqual(found, []);
  });

  story(`from right to left, ${device} px`, async (stage) => {
    const { ada, rooms, direct } = await present(stage, { ...options, locale: 'ar-EG' });
    const { shot, found } = camera(device);
    const { page } = ada;
    const stranger = await stage.visitor({ ...options, locale: 'ar-EG' });
    await stranger.opens('/login');
    await stranger.page.locator('#username').waitFor();
    await shot(stranger, 'ar-login');
    if (!place.arabic) {
      const last = await place.people.Bob.says(rooms.Launch, 'صباح الخير. الاجتماع غدًا في الساعة العاشرة، والقائمة في الويكي.');
      await ada.says(rooms.Launch, 'شكرًا @bob، سأكون هناك.', { reply_to: last.id });
      await place.people.Bob.says(rooms.Launch, 'جيد، @ada');
      place.arabic = true;
    }
    const at = async (room) => {
      await ada.opens(`/r/${room.id}`);
      await ada.log.and(page.locator('[aria-busy=false]')).waitFor();
      await ada.log.getByRole('article').first().waitFor();
    };
    if (phone) {
      await ada.opens();
      await ada.row(direct).waitFor();
      await shot(ada, 'ar-list');
    }
    await at(rooms.Launch);
    await shot(ada, 'ar-chat');
    await ada.log.evaluate((list) => list.scrollTo(0, 300));
    await shot(ada, 'ar-chat-middle');
    if (!phone) {
      await ada.log.getByRole('article').nth(5).locator('.b').hover();
      await shot(ada, 'ar-tools');
    }
    await page.locator('#details-toggle').click();
    await page.locator('.drawer .pers').nth(5).waitFor();
    await shot(ada, 'ar-details');
    await at(direct);
    await shot(ada, 'ar-direct');
    await at(rooms.Launch);
    await page.locator('.thr').first().click();
    await page.locator('.drawer.thread article').first().waitFor();
    await shot(ada, 'ar-thread');
    for (const [name, path, sign] of [
      ['ar-settings', '/settings', '.subnav'],
      ['ar-profile', '/settings/profile', '#profile-name'],
      ['ar-appearance', '/settings/appearance', '#text-size'],
      ['ar-notifications', '/settings/notifications', '.pane h1'],
      ['ar-keyboard', '/settings/keyboard', '.keys'],
      ['ar-browse', '/rooms', '.list li'],
      ['ar-threads', '/threads', '#main li'],
      ['ar-mentions', '/mentions', '#main li'],
    ]) {
      await ada.opens(path);
      await page.locator(sign).first().waitFor();
      await shot(ada, name);
    }
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('option').nth(2).waitFor();
    await shot(ada, 'ar-switcher');
    await page.keyboard.press('Escape');
    await ada.opens('/search');
    await page.locator('#find').fill('the in:Launch');
    await page.locator('.findgroup mark').first().waitFor();
    await shot(ada, 'ar-search');
    assert.deepEqual(found, []);
  });
}
