// Administration: who has an account, who is kept out, and what was done.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { device, inBothLooks } from './support/axe.mjs';
import { answered, DESKTOP, PHONE } from './support/browser.mjs';
import { house, PASSWORD } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

story('an admin finds a person, changes their rank, and hands over a link for a new password', async ({ owner, guest, visitor }) => {
  const ada = await owner();
  const bob = await guest('Bob Larsen');
  await guest('Mia Rossi');
  await ada.opens('/');
  await ada.button('New room or message').click();
  await ada.menu.getByRole('menuitem', { name: 'Administration' }).click();
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
  await guest('Lena Brandt');
  await ada.opens('/admin/audit');
  await ada.page.locator('.verdict', { hasText: 'untouched' }).waitFor();
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
  await bob.opens('/settings/profile');
  await bob.page.locator('.subnav').waitFor();
  assert.equal(await bob.page.locator('a[href="/admin"]').count(), 0);
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
