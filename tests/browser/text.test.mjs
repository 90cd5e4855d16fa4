// What people write is text, wherever it shows: nothing of it ever becomes a part of the page.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { answered } from './support/browser.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

const MESSAGES = [
  '<img src=x onerror=pwned=1>',
  '<script>pwned=1</script>',
  '"><svg onload=pwned=1>',
  '[click](javascript:pwned=1)',
  '[click](JaVaScRiPt:pwned=1)',
  '[click](&#106;avascript:pwned=1)',
  '[click](java\tscript:pwned=1)',
  '[click](data:text/html,<script>pwned=1</script>)',
  '[click](vbscript:pwned=1)',
  '![picture](javascript:pwned=1)',
  '![picture](https://tracker.invalid/pixel.png)',
  '<javascript:pwned=1>',
  '[click][ref]\n\n[ref]: javascript:pwned=1',
  '[title](https://a.invalid "\\"><img src=x onerror=pwned=1>")',
  '```"><img src=x onerror=pwned=1>\n<img src=x onerror=pwned=1>\n```',
  '| <img src=x onerror=pwned=1> |\n|---|\n| <svg onload=pwned=1> |',
  '# <iframe src=javascript:pwned=1>',
  '- [ ] <style>*{display:none}</style>',
  '<a href="javascript:pwned=1" style="position:fixed;inset:0">x</a>',
  '<!-- <form action=https://evil.invalid><input name=password> -->',
  '@<img src=x onerror=pwned=1>',
  '{{constructor.constructor("pwned=1")()}} ${pwned=1}',
  '<base href=https://evil.invalid/><meta http-equiv=refresh content="0;url=https://evil.invalid">',
];
const NAME = '<img src=x onerror=pwned=1>';
const ROOM = '"><svg onload=pwned=1><script>pwned=1</script>';
const TOPIC = '<script>pwned=1</script><img src=x onerror=pwned=1>';
const STATUS = '<b onmouseover=pwned=1>status</b>';

/** Nothing that anybody wrote became an element, and nothing ran. */
async function isHarmless(person, where) {
  const found = await person.page.evaluate(() => ({
    pwned: window.pwned,
    handlers: [...document.querySelectorAll('*')].filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).map((one) => one.outerHTML),
    strange: [...document.querySelectorAll('#app :is(script, iframe, object, embed, base, meta, style, form[action], img:not([src^="data:image/svg"]))')].map((one) => one.outerHTML),
    // Compared as the browser understands it, not as it is written.
    links: [...document.querySelectorAll('#app a[href]')].filter(({ protocol }) => !['https:', 'http:', 'mailto:'].includes(protocol)).map(({ href }) => href),
    styled: [...document.querySelectorAll('.b [style]')].map((one) => one.outerHTML),
  }));
  assert.deepEqual(found, { pwned: undefined, handlers: [], strange: [], links: [], styled: [] }, where);
}

story('messages', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Markup');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await bob.comesTo(room);
  for (const text of MESSAGES) {
    const { id } = await ada.says(room, text);
    await bob.byId(id).waitFor();
    await isHarmless(bob, text);
  }
  // What looks like HTML is readable as it was written.
  for (const text of ['<img src=x onerror=pwned=1>', '<script>pwned=1</script>', '"><svg onload=pwned=1>', '[click](javascript:pwned=1)', '<javascript:pwned=1>'])
    await bob.shows(bob.log, text);
  // A picture from elsewhere is a link, so that nobody learns who looks.
  assert.equal(await bob.log.locator('img').count(), 0);
  assert.equal(await bob.log.getByRole('link', { name: 'picture' }).count(), 1);
  for (const link of await bob.log.getByRole('link').all()) {
    assert.equal(await link.getAttribute('target'), '_blank');
    assert.match(await link.getAttribute('rel'), /noopener noreferrer nofollow/);
  }

  // The same while it is on its way, edited, quoted and typed.
  await bob.writes(MESSAGES[0]);
  await isHarmless(bob, 'pending');
  await bob.log.locator('article[data-state=sent]').waitFor();
  const first = (await ada.asks('GET', `/rooms/${room.id}/messages?limit=1`)).messages[0];
  await ada.says(room, 'a quote', { reply_to: first.id });
  await bob.shows(bob.message('a quote').locator('.q'), '<img src=x onerror=pwned=1>');
  await bob.composer.focus();
  await bob.page.keyboard.press('ArrowUp');
  await bob.page.getByRole('textbox', { name: 'Edit message' }).fill(MESSAGES[2]);
  await bob.page.keyboard.press('Enter');
  await bob.byId(first).getByText('edited').waitFor();
  await isHarmless(bob, 'edited and quoted');
});

story('names, topics and statuses', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom(ROOM, { topic: TOPIC });
  const eve = await guest(NAME, { rooms: [room], username: 'eve' });
  await eve.asks('PATCH', '/me', { status: { emoji: '<i>', text: STATUS } });
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await ada.asks('POST', '/auth/register', { username: '<b>', password: 'four warm words here' }, { status: 422 }).catch(() => ada.asks('POST', '/auth/register', { username: '<b>', password: 'four warm words here' }, { status: 403 }));
  const direct = await eve.asks('POST', '/directs', { users: [bob.user.id] });
  await eve.says(room, NAME);
  await eve.says(direct, NAME);

  await bob.comesTo(room);
  await bob.shows(bob.page.getByRole('heading', { level: 1 }), ROOM);
  await bob.shows(bob.page.locator('.head .topic'), TOPIC);
  await bob.shows(bob.row(room), ROOM);
  await bob.shows(bob.row(direct), NAME);
  await until(() => bob.page.title(), (title) => title.includes(ROOM), 'the title');
  await bob.log.locator('.who b', { hasText: NAME }).waitFor();
  await isHarmless(bob, 'the room');

  // A notice, a typing line, an announcement.
  await ada.asks('PATCH', `/rooms/${room.id}`, { topic: `${TOPIC} again`, name: `${ROOM} 2` });
  await bob.shows(bob.log, `renamed the room to ${ROOM} 2`);
  await bob.shows(bob.log, `changed the topic to ${TOPIC} again`);
  await eve.comesTo(room);
  await eve.composer.pressSequentially('x');
  await bob.shows(bob.page.locator('.typing'), '<img');
  await eve.composer.press('Enter');
  await bob.shows(bob.page.locator('#polite'), NAME);
  await isHarmless(bob, 'notices');

  await bob.button('Room details').click();
  const drawer = bob.page.getByRole('complementary');
  await bob.shows(drawer, NAME);
  await bob.shows(drawer, STATUS);
  await bob.button(`Actions for ${NAME}`).click();
  await bob.menu.waitFor();
  await isHarmless(bob, 'the drawer');
  await bob.page.keyboard.press('Escape');

  await bob.composer.pressSequentially('@ev');
  await bob.page.getByRole('option', { name: NAME }).waitFor();
  await isHarmless(bob, 'suggestions');
  await bob.page.keyboard.press('Enter');
  await bob.page.keyboard.press('Enter');
  await bob.log.locator('.at', { hasText: '@eve' }).waitFor();

  await bob.page.keyboard.press('Control+k');
  await bob.dialog.getByRole('combobox').fill('<');
  await bob.dialog.getByRole('option').first().waitFor();
  await bob.dialog.getByRole('combobox').fill('img');
  await bob.dialog.getByRole('option', { name: NAME }).first().waitFor();
  await isHarmless(bob, 'the switcher');
  await bob.dialog.getByRole('combobox').fill('<img src=y onload=stolen>');
  await bob.shows(bob.dialog, 'No room or person is called');
  await bob.page.keyboard.press('Escape');

  await bob.opens('/rooms');
  await bob.page.getByRole('list', { name: 'Rooms' }).getByText(`${ROOM} 2`).first().waitFor();
  await isHarmless(bob, 'all rooms');
  await bob.opens(`/r/${direct.id}`);
  await bob.shows(bob.page.getByRole('heading', { level: 1 }), NAME);
  await bob.shows(bob.page.locator('.head .topic'), STATUS);
  await bob.button('Details').click();
  await bob.shows(bob.page.getByRole('complementary'), NAME);
  await isHarmless(bob, 'the direct');
  await eve.opens('/settings/profile');
  assert.equal(await eve.page.getByLabel('Name').inputValue(), NAME);
  await isHarmless(eve, 'her own profile');
});

story('an invitation and addresses that are made up', async ({ owner, visitor }) => {
  const ada = await owner();
  const room = await ada.makesRoom(`${ROOM} 3`);
  const invite = await ada.asks('POST', '/invites', { rooms: [room.id] });
  await ada.asks('PATCH', '/me', { name: NAME });
  const bob = await visitor();
  await bob.page.goto(invite.url);
  await bob.page.getByText(`${NAME} invited you.`).waitFor();
  await bob.shows(bob.page.getByRole('group', { name: 'You will join' }), `${ROOM} 3`);
  await isHarmless(bob, 'the invitation');
  bob.expect(answered(404), answered(422), answered(400));
  for (const path of ['/j/%3Cimg%20src=x%20onerror=pwned=1%3E', '/r/%3Cscript%3Epwned=1%3C/script%3E', '/%3Cscript%3Epwned=1', '/settings/%22%3E%3Csvg%20onload=pwned=1%3E', '/login#"><img src=x onerror=pwned=1>']) {
    await bob.opens(path);
    await bob.page.locator('body :is(h1, main)').first().waitFor();
    await isHarmless(bob, path);
  }
  // The page asked for before signing in cannot lead away.
  await bob.page.evaluate(() => sessionStorage.setItem('snug.next', '//evil.invalid/'));
  await bob.opens('/login');
  await bob.page.getByLabel('Username').fill('ada');
  await bob.page.getByLabel('Password', { exact: true }).fill('four warm words here');
  await bob.button('Sign in').click();
  await bob.composer.waitFor();
  assert.equal(new URL(bob.page.url()).origin, bob.url);
  await ada.asks('PATCH', '/me', { name: 'Ada Berg' });
});
