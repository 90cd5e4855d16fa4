// Pictures of every screen with people in it, to look at: out/*.png. Taken by `tests/run --full`, or SNUG_TEST_FULL=1.
import { house } from './support/house.mjs';
import { answered, DESKTOP, PHONE, TABLET } from './support/browser.mjs';

const { story, home } = house({ full: true });

/** Six people and what they say, as on the drawings that the client was made after. */
async function settle(ada, guest) {
  // The first run has made the first room already.
  const rooms = { General: (await ada.asks('GET', '/rooms')).rooms[0] };
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
  await Sam.says(L, 'On it. This is the query I would use:\n\n```sql\nselect day, count(*) from visits\nwhere day >= date \'2026-11-01\'\ngroup by day order by day;\n```');
  await Mia.says(L, '🎉');
  await Lena.says(L, 'One question for all: do we tell the press on the eighth or the ninth?');
  const ours = await ada.says(L, 'The ninth, with everybody else.');
  await Bob.says(L, `Good. Then nothing goes out before nine in the morning, and I would like everyone to read the text once more until Wednesday evening. It is short, a page and a half, and the part about prices has changed since Friday.`, { reply_to: ours.id });
  await Lena.says(L, '@ada could you look at the second paragraph?');

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

story('the first run', async ({ visitor }) => {
  const ada = await visitor();
  const shot = async (name) => {
    for (const [device, { viewport }] of [
      ['1440', DESKTOP],
      ['820', TABLET],
      ['390', PHONE],
    ])
      for (const colorScheme of ['light', 'dark']) {
        await ada.page.setViewportSize(viewport);
        await ada.page.emulateMedia({ colorScheme });
        await ada.isPhotographed(`${name}-${device}-${colorScheme}`);
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
});

let place;
for (const [device, options] of [
  ['1440', DESKTOP],
  ['820', TABLET],
  ['390', PHONE],
])
  story(`with six people, ${device} px`, async ({ owner, guest, visitor }) => {
    const ada = await owner(options);
    const first = !place;
    place ??= await settle(ada, guest);
    const { rooms, direct } = place;
    if (!first) {
      // The others look in again, so that somebody is there.
      for (const name of ['aiko', 'bob', 'mia']) {
        const friend = await visitor();
        await friend.isLetIn('/auth/login', { username: name, password: 'four warm words here' });
        await friend.comesTo(rooms.General);
      }
    }
    ada.expect(answered(404));
    const stranger = await visitor(options);
    const shot = async (name, person = ada) => {
      for (const colorScheme of ['light', 'dark']) {
        await person.page.emulateMedia({ colorScheme });
        await person.isPhotographed(`${name}-${device}-${colorScheme}`);
      }
    };
    const { page } = ada;
    const phone = options === PHONE;
    await stranger.opens('/login');
    await stranger.page.getByLabel('Username').waitFor();
    await shot('login', stranger);
    const invite = await ada.asks('POST', '/invites', { rooms: [rooms.Launch.id, rooms.General.id] });
    await stranger.opens(new URL(invite.url).pathname);
    await stranger.page.getByLabel('Your name').fill('Nils Falk');
    await shot('register', stranger);

    if (phone) {
      await ada.opens();
      await ada.row(direct).waitFor();
      await shot('list');
    }
    await ada.comesTo(rooms.Launch);
    await ada.sees('second paragraph');
    await ada.page.locator('.av[data-presence=active]').first().waitFor({ state: 'attached' });
    await shot('chat');
    if (!phone) {
      await ada.message('Who does the numbers').hover();
      await ada.button('More').click();
      await ada.menu.waitFor();
      await shot('menu');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await ada.dialog.getByRole('option').nth(2).waitFor();
      await shot('switcher');
      await page.keyboard.press('Escape');
    }
    await ada.button('Room details').click();
    await page.locator('.drawer .pers').nth(5).waitFor();
    await shot('details');
    await ada.button('Close details').click();
    await ada.comesTo(direct);
    await ada.sees('the small room');
    await shot('direct');
    await ada.comesTo(await ada.makesRoom(`Empty ${device}`));
    await shot('empty-room');
    for (const [name, path, sign] of [
      ['browse', '/rooms', '.list li'],
      ['gone', '/r/999999', '#main h1'],
      ['settings', '/settings', '.subnav'],
      ['settings-profile', '/settings/profile', '#profile-name'],
      ['settings-appearance', '/settings/appearance', '#text-size'],
      ['settings-devices', '/settings/devices', '.list li'],
      ['settings-keyboard', '/settings/keyboard', '.keys'],
    ]) {
      await ada.opens(path);
      await page.locator(sign).first().waitFor();
      await shot(name);
    }
    await ada.opens('/rooms');
    await ada.button('New room').click();
    await page.getByRole('dialog', { name: 'New room' }).getByRole('option').first().waitFor();
    await shot('new-room');
    await page.keyboard.press('Escape');
    await page.evaluate(() => localStorage.setItem('snug.density', '"compact"'));
    await ada.comesTo(rooms.Launch);
    await ada.sees('second paragraph');
    await shot('compact');
  });
