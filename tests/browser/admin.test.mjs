// Administration: who has an account, who is kept out, and what was done.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { device, inBothLooks } from './support/axe.mjs';
import { answered, DESKTOP, PHONE } from './support/browser.mjs';
import { house, PASSWORD } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

story('the overview tells an admin how the server is, and what needs somebody', async ({ owner, guest }) => {
  const ada = await owner();
  const bob = await guest('Sam Okafor');
  const room = await ada.makesRoom('Pulse', { members: [bob] });
  for (let n = 0; n < 5; n++) await bob.says(room, `word ${n}`);
  await ada.opens('/admin');
  await ada.page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  for (const name of [/^Messages a minute: [\d.]+ now/, /^People connected: \d/, /^From sent to kept: [\d.]+ ms now/, /^Memory: \d+ MB now/]) await ada.page.getByRole('img', { name }).waitFor();
  // Before its first night the server has no backup: that is said, with the way there.
  const todo = ada.page.getByRole('list', { name: 'What needs somebody' });
  await todo.getByText('There is no backup yet that was checked').waitFor();
  await todo.getByRole('link', { name: 'Look Backups' }).click();
  await ada.page.getByRole('heading', { name: 'Backups', level: 1 }).waitFor();
});

story('an admin finds a person, changes their rank, and hands over a link for a new password', async ({ owner, guest, visitor }) => {
  const ada = await owner();
  const bob = await guest('Bob Larsen');
  await guest('Mia Rossi');
  await ada.opens('/');
  await ada.button('New room or message').click();
  await ada.menu.getByRole('menuitem', { name: 'Administration' }).click();
  await ada.page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  await ada.page.locator('.subnav').getByRole('link', { name: 'People' }).click();
  await ada.page.getByRole('heading', { name: 'People', level: 1 }).waitFor();
  await ada.page.getByRole('searchbox', { name: 'Search name or username' }).fill('larsen');
  const row = ada.page.locator('.people .acct');
  await until(() => row.count(), (count) => count === 1, 'Bob alone is listed');
  await row.click();
  await ada.dialog.getByRole('combobox', { name: 'Role' }).selectOption('admin');
  await until(() => bob.asks('GET', '/me'), (me) => me.role === 'admin', 'Bob is an admin');
  await ada.dialog.getByRole('button', { name: 'Make a link' }).click();
  await ada.dialog.getByRole('img', { name: 'The link as a QR code' }).waitFor();
  const url = await ada.dialog.getByRole('textbox', { name: 'Link for a new password' }).textContent();
  const code = url.split('#')[1];
  const again = await visitor();
  await again.asks('POST', '/auth/reset', { code, password: 'copper lantern meadow eleven' });
});

story('an admin changes settings, everybody sees them at once, and they go back', async ({ owner, guest }) => {
  const ada = await owner();
  const eve = await guest('Eve Moss');
  await eve.opens('/rooms');
  await ada.opens('/admin/settings');
  const name = ada.page.getByRole('textbox', { name: /^Name/ });
  const before = await name.inputValue();
  await name.fill('Lighthouse');
  await name.press('Tab');
  await eve.page.getByText('Lighthouse').first().waitFor();
  await name.fill(before);
  await name.press('Tab');
  const least = ada.page.getByRole('spinbutton', { name: /^Characters of a password/ });
  await least.fill('16');
  await least.press('Enter');
  await ada.button('Back to the default: Characters of a password').click();
  await until(() => least.inputValue(), (value) => value === '12', 'the default again');
  ada.expect(answered(422));
  await least.fill('7');
  await least.press('Enter');
  await ada.page.getByRole('alert').filter({ hasText: 'must be from 8 to 128' }).waitFor();
  await until(() => least.inputValue(), (value) => value === '12', 'what counts is shown');
  // What removes words for good is asked about first.
  const days = ada.page.getByRole('spinbutton', { name: /^Messages\b.*for less/ });
  await days.fill('30');
  await days.press('Enter');
  await ada.dialog.getByText('older than 30 days').waitFor();
  await ada.dialog.getByRole('button', { name: 'Cancel' }).click();
  await until(() => days.inputValue(), (value) => value === '0', 'nothing was set');
  const settings = (await ada.asks('GET', '/admin/settings')).settings;
  assert.deepEqual(settings.filter(({ origin }) => origin === 'database'), []);
  // The test's own environment is shown, and locked.
  assert.equal(await ada.page.locator('.sets .locked').count() > 0, settings.some(({ live, origin }) => live && origin === 'environment'));
});

story('an admin looks rooms over, gives a lost one an admin, and sees none of its words', async ({ owner, guest }) => {
  const ada = await owner();
  const olga = await guest('Olga Petrov');
  const ravi = await guest('Ravi Shah');
  const cellar = await olga.makesRoom('Cellar', { kind: 'private', members: [ravi] });
  await olga.says(cellar, 'nobody else knows');
  await ada.asks('PATCH', `/admin/users/${olga.user.id}`, { active: false });
  await ada.opens('/admin/rooms');
  await ada.page.getByRole('checkbox', { name: 'Only without an admin' }).check();
  const row = ada.page.locator('.roomtable tbody tr');
  await until(() => row.count(), (count) => count === 1, 'the lost room alone');
  await row.getByText('No admin').waitFor();
  await row.getByRole('button').click();
  await ada.dialog.getByRole('button', { name: 'Make Ravi Shah admin' }).click();
  const asked = ada.dialog.getByRole('button', { name: 'Make admin', exact: true });
  await asked.click();
  // What lies under a question takes no words.
  await asked.waitFor({ state: 'detached' });
  await until(() => ravi.asks('GET', `/rooms/${cellar.id}`), (room) => room.me.role === 'admin', 'Ravi is its admin');
  await ada.dialog.getByRole('textbox', { name: 'Topic' }).fill('Preserves');
  await ada.dialog.getByRole('button', { name: 'Save' }).click();
  await until(() => ravi.asks('GET', `/rooms/${cellar.id}`), (room) => room.topic === 'Preserves', 'the topic');
  assert.equal(await ada.page.getByText('nobody else knows').count(), 0);
  await ada.page.keyboard.press('Escape');
  await ada.page.getByText('No room is found.').waitFor();
});

story('an admin makes an invitation with a picture, and takes it back', async ({ owner, visitor }) => {
  const ada = await owner();
  await ada.opens('/admin/invites');
  await ada.button('New invitation').click();
  await ada.dialog.getByRole('combobox', { name: 'How often it works' }).selectOption('5');
  await ada.dialog.getByRole('button', { name: 'Make the link' }).click();
  await ada.dialog.getByRole('img', { name: 'The invite link as a QR code' }).waitFor();
  const code = (await ada.dialog.getByRole('textbox').textContent()).split('/j/')[1];
  await ada.dialog.getByRole('button', { name: 'Done' }).click();
  const line = ada.page.locator('.invites .line', { hasText: '5 uses left, 0 used' });
  await line.getByRole('button', { name: /^Take back/ }).click();
  await ada.dialog.getByRole('button', { name: 'Take back', exact: true }).click();
  await line.waitFor({ state: 'detached' });
  const late = await visitor();
  await late.asks('POST', '/auth/invite', { code }, { status: 404 });
});

story('an admin sees where everybody is signed in, and ends one of it', async ({ owner, guest }) => {
  const ada = await owner();
  const noor = await guest('Noor Haddad');
  await ada.opens('/admin/sessions');
  await ada.page.getByRole('searchbox').fill('haddad');
  const line = ada.page.locator('.signedin .line');
  await until(() => line.count(), (count) => count === 1, 'hers alone');
  await line.getByRole('button', { name: /^Sign out Noor Haddad: / }).click();
  await ada.dialog.getByRole('button', { name: 'Sign out', exact: true }).click();
  await ada.page.getByText('Nobody is found.').waitFor();
  await noor.asks('GET', '/me', undefined, { status: 401 });
});

story('an admin sees how full the disk is and makes the databases smaller', async ({ owner, guest }) => {
  const ada = await owner();
  await guest('Bob Larsen');
  await ada.opens('/admin/storage');
  await ada.page.getByRole('heading', { name: 'Storage', level: 1 }).waitFor();
  const line = (name) => ada.page.locator('.card .line', { hasText: name });
  for (const name of ['Databases', 'In use', 'Free', 'Kept free']) assert.match(await line(name).first().locator('.fig').textContent(), /\d/);
  assert.equal(await line('Everybody together').locator('.fig').textContent(), 'No limit');
  await ada.button('Make smaller').click();
  await ada.page.getByRole('status').filter({ hasText: /^From .+ to .+/ }).waitFor();
});

story('a ban signs out at once and is lifted again; an address is kept out', async ({ owner, guest, home }) => {
  const ada = await owner();
  const mallory = await guest('Mallory Doe');
  const room = await mallory.makesRoom('Noise');
  await mallory.comesTo(room);
  mallory.expect(answered(401));
  await ada.opens('/admin/people');
  await ada.page.locator('.people .acct', { hasText: 'Mallory' }).click();
  await ada.dialog.getByRole('button', { name: 'Ban…' }).click();
  const ban = ada.page.getByRole('dialog', { name: 'Ban Mallory Doe?' });
  await ban.getByRole('textbox', { name: 'Reason' }).fill('Sells things');
  await ban.getByRole('combobox', { name: 'How long' }).selectOption('week');
  await ban.getByRole('button', { name: 'Ban', exact: true }).click();
  await ban.waitFor({ state: 'hidden' });
  await mallory.page.getByRole('dialog').filter({ hasText: /signed out/i }).waitFor();
  await ada.page.keyboard.press('Escape');
  const kept = ada.page.locator('.bans .line', { hasText: 'Mallory Doe' });
  await kept.getByText('Sells things').waitFor();
  await ada.page.locator('.people .acct', { hasText: 'Mallory' }).getByText('Banned').waitFor();
  await kept.getByRole('button', { name: 'Lift the ban of Mallory Doe' }).click();
  await ada.dialog.getByRole('button', { name: 'Lift', exact: true }).click();
  await kept.waitFor({ state: 'detached' });
  await mallory.asks('POST', '/auth/login', { username: mallory.user.username, password: PASSWORD });

  await ada.button('Ban an address').click();
  await ada.dialog.getByRole('textbox', { name: 'Address or network' }).fill('203.0.113.0/24');
  await ada.dialog.getByRole('button', { name: 'Ban', exact: true }).click();
  await ada.page.locator('.bans .line', { hasText: '203.0.113.0/24' }).waitFor();
  // One's own is refused, and the dialog says so.
  ada.expect(answered(422));
  await ada.button('Ban an address').click();
  await ada.dialog.getByRole('textbox', { name: 'Address or network' }).fill('127.0.0.1');
  await ada.dialog.getByRole('button', { name: 'Ban', exact: true }).click();
  await ada.dialog.getByRole('alert').waitFor();
  assert.ok(home);
});

story('the audit log says who did what, and that nobody touched it', async ({ owner, guest }) => {
  const ada = await owner();
  const lena = await guest('Lena Brandt');
  await ada.asks('PATCH', `/admin/users/${lena.user.id}`, { role: 'admin' });
  await ada.opens('/admin/audit');
  await ada.page.locator('.verdict', { hasText: 'untouched' }).waitFor();
  await ada.page.locator('.audit .line', { hasText: 'Role changed' }).filter({ hasText: 'from: Member · to: Admin' }).first().waitFor();
  await ada.page.locator('.audit .line', { hasText: 'Account made' }).first().waitFor();
  await ada.page.getByRole('combobox', { name: 'What to show' }).selectOption('invite');
  const shown = ada.page.locator('.audit .line b');
  await until(() => shown.allTextContents(), (texts) => texts.length > 0 && texts.every((text) => text.startsWith('Invitation')), 'only invitations');
});

story('an admin makes a backup, sees that it is good, and is told when one is not', async ({ owner, guest, home }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Archive');
  await ada.says(room, 'kept for later');
  await ada.opens('/admin/backups');
  await ada.page.getByText('None yet').waitFor();
  await ada.button('Back up now').click();
  const kept = ada.page.locator('.backups .line');
  await kept.getByText('Restored on trial').waitFor();
  await until(() => ada.page.locator('.working progress').count(), (count) => count === 0, 'nothing is being done any more');
  await kept.getByRole('button', { name: /^Check the backup of/ }).click();
  await until(() => ada.asks('GET', '/admin/audit?action=backup.verified'), (page) => page.entries.length === 1, 'the check is in the audit log');
  const list = await ada.asks('GET', '/admin/backups');
  const file = `${list.folder}/${list.backups[0].name}.snug`;
  const bytes = await readFile(file);
  bytes[bytes.length >> 1] ^= 4;
  await writeFile(file, bytes);
  await kept.getByRole('button', { name: /^Check the backup of/ }).click();
  await kept.getByText('This backup cannot be used').waitFor();
  await ada.page.getByRole('alert').filter({ hasText: 'A backup failed, or is damaged.' }).waitFor();
  // And wherever else an admin is.
  await ada.comesTo(room);
  await ada.page.getByText('The server’s backups need somebody to look.').waitFor();
  await ada.page.getByRole('button', { name: 'Look', exact: true }).click();
  await ada.page.getByRole('heading', { name: 'Backups', level: 1 }).waitFor();
  const bob = await guest('Bob Larsen');
  bob.expect(answered(403));
  await assert.rejects(bob.asks('GET', '/admin/backups'));
  assert.ok(home);
});

story('who is no admin finds no administration', async ({ owner, guest }) => {
  await owner();
  const bob = await guest('Bob Larsen');
  await bob.opens('/admin/people');
  await bob.page.getByRole('heading', { name: 'For admins only' }).waitFor();
  // Nobody is left standing there, on a phone either.
  await bob.page.getByRole('link', { name: 'Back to your chats' }).click();
  await bob.page.waitForURL(`${bob.url}/**`);
  await bob.page.getByRole('link', { name: 'Mentions' }).first().waitFor();
  await bob.opens('/settings/profile');
  await bob.page.locator('.subnav').waitFor();
  assert.equal(await bob.page.locator('a[href="/admin"]').count(), 0);
});

story('a section that could not be loaded says why, and is tried again', async ({ owner }) => {
  const ada = await owner();
  ada.expect(answered(503));
  const away = /api\/v1\/(admin\/|invites)/;
  for (const [section, sign] of [
    ['people', '.people .acct'],
    ['invites', '.pane p.mut, .invites .line'],
    ['audit', '.audit .line'],
    ['storage', '.fig'],
    ['certificates', '.certfacts'],
    ['settings', '.sets .line'],
  ]) {
    await ada.page.route(away, (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ type: 'about:blank', title: 'Service Unavailable', status: 503, code: 'unavailable', detail: 'Not now.' }) }));
    await ada.opens(`/admin/${section}`);
    await ada.page.locator('.pane').getByRole('alert').first().waitFor();
    await ada.page.unroute(away);
    await ada.button('Try again').click();
    await ada.page.locator(sign).first().waitFor();
    await ada.button('Try again').waitFor({ state: 'detached' });
  }
});

for (const [name, wide] of [['desktop', DESKTOP], ['phone', PHONE]])
  story(`axe finds nothing in administration on a ${name}`, async ({ owner, guest }) => {
    const ada = await owner(device(wide));
    await guest('Aiko Tanaka', { from: ada });
    await ada.asks('POST', '/admin/bans', { address: '198.51.100.7', reason: 'Guesses passwords' });
    const found = [];
    await ada.opens('/admin');
    await ada.page.locator('.subnav').waitFor();
    found.push(...(await inBothLooks(ada.page, 'admin')));
    await ada.opens('/admin/overview');
    await ada.page.locator('.chart').nth(3).waitFor();
    found.push(...(await inBothLooks(ada.page, 'overview')));
    await ada.makesRoom(`Axe ${name}`);
    await ada.asks('POST', '/invites', {});
    for (const [section, sign] of [['rooms', '.roomtable tbody tr'], ['invites', '.invites .line'], ['sessions', '.signedin .line']]) {
      await ada.opens(`/admin/${section}`);
      await ada.page.locator(sign).first().waitFor();
      found.push(...(await inBothLooks(ada.page, section)));
    }
    await ada.opens('/admin/settings');
    await ada.page.locator('.starts .line').first().waitFor();
    found.push(...(await inBothLooks(ada.page, 'settings')));
    await ada.opens('/admin/people');
    await ada.page.locator('.bans .line').first().waitFor();
    await ada.page.locator('.people .acct').first().waitFor();
    found.push(...(await inBothLooks(ada.page, 'people')));
    await ada.page.locator('.people .acct', { hasText: 'Aiko' }).first().click();
    await ada.dialog.getByText('Signed in on').waitFor();
    found.push(...(await inBothLooks(ada.page, 'account')));
    await ada.dialog.getByRole('button', { name: 'Ban…' }).click();
    await ada.page.getByRole('textbox', { name: 'Reason' }).waitFor();
    found.push(...(await inBothLooks(ada.page, 'ban')));
    await ada.opens('/admin/backups');
    await ada.button('Back up now').click();
    await ada.page.locator('.backups .verdict').first().waitFor();
    found.push(...(await inBothLooks(ada.page, 'backups')));
    await ada.opens('/admin/audit');
    await ada.page.locator('.audit .line').first().waitFor();
    await ada.page.locator('.verdict').waitFor();
    found.push(...(await inBothLooks(ada.page, 'audit')));
    assert.deepEqual(found, []);
  });

story('one takes along all that is kept of one, and leaves for good', async ({ owner, guest }) => {
  const ada = await owner();
  const lena = await guest('Lena Brandt', { from: ada });
  const room = await lena.makesRoom('Farewell', { members: [ada] });
  await lena.says(room, 'my last words');
  await lena.opens('/settings/privacy');
  lena.expect(answered(403));
  await lena.button('Download').click();
  await lena.dialog.getByLabel('Present password', { exact: true }).fill('not the one at all');
  await lena.dialog.getByRole('button', { name: 'Download' }).click();
  await lena.dialog.getByText('The present password is wrong.').waitFor();
  const coming = lena.page.waitForEvent('download');
  await lena.dialog.getByLabel('Present password', { exact: true }).fill(PASSWORD);
  await lena.dialog.getByRole('button', { name: 'Download' }).click();
  const file = await coming;
  assert.match(file.suggestedFilename(), /^lena\d+\.tar$/);
  await lena.dialog.waitFor({ state: 'hidden' });
  await lena.button('Erase').click();
  await lena.dialog.getByRole('checkbox').check();
  await lena.dialog.getByLabel('Present password', { exact: true }).fill(PASSWORD);
  lena.expect(answered(401));
  await lena.dialog.getByRole('button', { name: 'Erase' }).click();
  await lena.button('Sign in').waitFor();
  const users = await ada.asks('GET', `/users?ids=${lena.user.id}`);
  assert.equal(users.users[0].name, 'Deleted user');
});

story('an admin of a room removes somebody for good, and lets them come back', async ({ owner, guest }) => {
  const ada = await owner();
  const bob = await guest('Bob Larsen', { from: ada });
  const room = await ada.makesRoom('Quiet', { members: [bob] });
  await ada.comesTo(room);
  await ada.button('Room details').click();
  await ada.page.getByRole('button', { name: 'Actions for Bob Larsen' }).click();
  await ada.menu.getByRole('menuitem', { name: 'Remove for good' }).click();
  await ada.dialog.getByRole('button', { name: 'Remove' }).click();
  const back = ada.page.getByRole('button', { name: 'Let Bob Larsen come back' });
  await back.waitFor();
  await bob.asks('POST', `/rooms/${room.id}/join`, undefined, { status: 403 });
  await back.click();
  await back.waitFor({ state: 'detached' });
  await bob.joins(room);
});
