// More than a password: codes of an app, recovery codes, passkeys, and a second device.
import assert from 'node:assert/strict';
import { withAuthenticator } from './support/authenticator.mjs';
import { device as forAxe, inBothLooks } from './support/axe.mjs';
import { answered, DESKTOP, PHONE } from './support/browser.mjs';
import { house, PASSWORD } from './support/house.mjs';
import { code } from './support/totp.mjs';
import { until } from './support/wait.mjs';

const { story, home } = house();

/** Passkeys belong to a name. */
const byName = () => (home.server.url = home.server.url.replace('127.0.0.1', 'localhost'));

/** At the door, with name and password. */
async function knocks(person, username) {
  await person.opens('/login');
  await person.page.getByLabel('Username').fill(username);
  await person.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await person.button('Sign in').click();
}

const isIn = (person) => person.page.locator('.me [data-presence=active], .app [data-presence=active]').first().waitFor({ state: 'attached' });

story('codes of an app are set up, asked for, and stood in for by a code on paper', async ({ owner, visitor }) => {
  byName();
  const ada = await owner(forAxe(DESKTOP));
  await ada.opens('/settings/security');
  await ada.page.getByText('Your password alone opens your account').waitFor();
  ada.expect(answered(422), answered(403));
  await ada.page.getByRole('listitem').filter({ hasText: 'App that shows codes' }).getByRole('button', { name: 'Set up' }).click();
  const dialog = ada.page.getByRole('dialog', { name: 'Set up an app' });
  const secret = await dialog.getByRole('textbox', { name: 'If you cannot scan' }).innerText();
  assert.deepEqual(await inBothLooks(ada.page, 'setting up an app'), []);
  await dialog.getByLabel('Code that the app shows').fill('000000');
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  await dialog.getByText('This code is wrong').waitFor();
  await dialog.getByLabel('Code that the app shows').fill(code(secret));
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  const paper = ada.page.getByRole('dialog', { name: 'Recovery codes' });
  await paper.locator('code').first().waitFor();
  const codes = await paper.locator('code').allInnerTexts();
  assert.equal(codes.length, 10);
  assert.deepEqual(await inBothLooks(ada.page, 'recovery codes'), []);
  const saved = ada.page.waitForEvent('download');
  await paper.getByRole('button', { name: 'Download' }).click();
  assert.equal((await saved).suggestedFilename(), 'snug-recovery-codes.txt');
  await paper.getByRole('button', { name: 'I have kept them' }).click();
  await ada.page.getByText('Your account is protected').waitFor();
  await ada.page.getByText('10 are left').waitFor();
  assert.deepEqual(await inBothLooks(ada.page, 'security settings'), []);

  const again = await visitor(forAxe(PHONE));
  again.expect(answered(401));
  await knocks(again, 'ada');
  await again.page.getByRole('heading', { name: 'One more step' }).waitFor();
  assert.deepEqual(await inBothLooks(again.page, 'the second step'), []);
  await again.page.getByLabel('Code from your app').fill('000000');
  await again.page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
  // Six figures are enough: no button has to be pressed.
  await again.page.getByLabel('Code from your app').fill('');
  await again.page.getByLabel('Code from your app').fill(code(secret, 1));
  await isIn(again);

  const third = await visitor();
  third.expect(answered(401));
  await knocks(third, 'ada');
  await third.button('Use a recovery code').click();
  await third.page.getByLabel('Recovery code').fill(codes[0].toUpperCase());
  await third.button('Sign in').click();
  await isIn(third);

  await ada.opens('/settings/security');
  await ada.page.getByText('9 are left').waitFor();
  await ada.page.getByRole('listitem').filter({ hasText: 'App that shows codes' }).getByRole('button', { name: 'Remove' }).click();
  await ada.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  // She came in by the API, long ago as far as the server is concerned, or a moment ago: either is fine.
  const password = ada.page.getByRole('dialog', { name: 'Your password once more' });
  const off = ada.page.getByText('Your password alone opens your account');
  await off.or(password).first().waitFor();
  if (await password.isVisible()) {
    await password.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await password.getByRole('button', { name: 'Continue' }).click();
  }
  await off.waitFor();
});

story('a passkey is made, signs in without a password, and is taken away', async ({ owner, guest }) => {
  byName();
  await owner();
  const bob = await guest('Bob Larsen', { device: DESKTOP });
  const { session, authenticatorId } = await withAuthenticator(bob);
  await bob.opens('/settings/security');
  await bob.button('Add a passkey').click();
  const paper = bob.page.getByRole('dialog', { name: 'Recovery codes' });
  await paper.getByRole('button', { name: 'I have kept them' }).click();
  const mine = bob.page.getByRole('listitem').filter({ hasText: 'Linux' });
  await mine.waitFor();
  const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId });
  assert.deepEqual([credentials.length, credentials[0].rpId, credentials[0].isResidentCredential], [1, 'localhost', true]);
  await bob.button('Rename Linux').click();
  await bob.page.getByLabel('Name', { exact: true }).fill('Work laptop');
  await bob.button('Save').click();
  await bob.page.getByText('Work laptop').waitFor();

  // The same browser makes no second one.
  await bob.button('Add a passkey').click();
  await bob.page.getByRole('alert').filter({ hasText: 'has a passkey for you already' }).waitFor();

  await bob.asks('POST', '/auth/logout', {});
  await bob.opens('/login');
  await bob.button('Use a passkey').click();
  await isIn(bob);

  // As the second step after a password.
  bob.expect(answered(401));
  await bob.asks('POST', '/auth/logout', {});
  await knocks(bob, bob.user.username);
  await bob.page.getByRole('heading', { name: 'One more step' }).waitFor();
  await bob.button('Use a passkey').click();
  await isIn(bob);

  await bob.opens('/settings/security');
  await bob.button('Remove Work laptop').click();
  await bob.page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await bob.page.getByText('Your password alone opens your account').waitFor();
  await bob.asks('POST', '/auth/logout', {});
  await bob.opens('/login');
  await bob.button('Use a passkey').click();
  await bob.page.getByRole('alert').filter({ hasText: 'does not open anything here' }).waitFor();
});

story('a second device comes in by a picture, and can be put out', async ({ owner, guest, visitor }) => {
  byName();
  await owner();
  const bob = await guest('Bob Larsen', { device: forAxe(DESKTOP) });
  await bob.opens('/settings/devices');
  await bob.button('Sign in another device').click();
  const dialog = bob.page.getByRole('dialog', { name: 'Sign in another device' });
  const url = await dialog.getByRole('textbox', { name: 'Link for the other device' }).innerText();
  assert.match(url, /\/link#[\w-]{43}$/);
  assert.deepEqual(await inBothLooks(bob.page, 'the picture for a second device'), []);
  const phone = await visitor(forAxe(PHONE));
  phone.expect(answered(401), answered(404));
  await phone.page.goto(url);
  await phone.page.getByText('Bob Larsen').waitFor();
  assert.deepEqual(await inBothLooks(phone.page, 'coming in by a link'), []);
  await phone.button('Sign in here').click();
  await isIn(phone);
  await dialog.getByText(/Signed in: /).waitFor();
  await dialog.getByRole('button', { name: 'That was not me' }).click();
  await phone.page.getByRole('dialog', { name: /signed out/i }).waitFor();
  await phone.page.goto('about:blank');
  await phone.page.goto(url);
  await phone.page.getByRole('heading', { name: 'This link no longer works' }).waitFor();
  await until(() => bob.page.getByRole('dialog').count(), (count) => count === 0, 'dialogs');
});
