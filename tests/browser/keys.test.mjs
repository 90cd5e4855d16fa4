// API keys and bots: made, shown once, used by a program, revoked.
import assert from 'node:assert/strict';
import { request } from 'playwright-core';
import { device, inBothLooks } from './support/axe.mjs';
import { DESKTOP } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

/** Asks as a program does: no cookie, only the key. */
async function program(home, key, method, path, body) {
  const client = await request.newContext({ ignoreHTTPSErrors: true });
  try {
    const answer = await client.fetch(`${home.server.url}/api/v1${path}`, { method, headers: { authorization: `Bearer ${key}` }, data: body });
    return { status: answer.status(), body: await answer.json().catch(() => null) };
  } finally {
    await client.dispose();
  }
}

story('a key for one room is made, shown once, used and revoked', async ({ owner, guest, home }) => {
  const ada = await owner(device(DESKTOP));
  const found = [];
  const room = await ada.makesRoom('Weather');
  const other = await ada.makesRoom('Elsewhere');
  const { page } = ada;
  await ada.opens('/settings/keys');
  await page.getByText('No keys yet.').waitFor();
  await ada.button('New key').click();
  found.push(...(await inBothLooks(page, 'a new key')));
  await ada.dialog.getByLabel('Name').fill('Weather script');
  const make = ada.dialog.getByRole('button', { name: 'Make the key' });
  await ada.dialog.getByText('Only some').click();
  assert.ok(await make.isDisabled(), 'a key for no room is none');
  await ada.dialog.getByRole('checkbox', { name: 'Weather' }).check();
  await ada.dialog.getByLabel('It ends').selectOption('month');
  await make.click();
  const shown = page.getByRole('dialog', { name: 'Your new key' });
  const key = await shown.getByRole('textbox', { name: 'API key' }).textContent();
  assert.match(key, /^snug_[0-9A-Za-z]{49}$/);
  found.push(...(await inBothLooks(page, 'the key')));
  await shown.getByRole('button', { name: 'Done' }).click();
  found.push(...(await inBothLooks(page, 'the keys')));
  assert.deepEqual(found, []);
  const line = page.locator('.keylist .line');
  await ada.shows(line, 'Weather script');
  await ada.shows(line, 'Read, Write');
  await ada.shows(line, 'in Weather');
  assert.ok(!(await page.content()).includes(key));

  assert.equal((await program(home, key, 'POST', `/rooms/${room.id}/messages`, { text: 'rain at noon' })).status, 201);
  assert.equal((await program(home, key, 'POST', `/rooms/${other.id}/messages`, { text: 'rain' })).body.code, 'key_limited');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await bob.comesTo(room);
  await bob.sees('rain at noon');

  await ada.button('Revoke Weather script').click();
  await ada.dialog.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('No keys yet.').waitFor();
  assert.equal((await program(home, key, 'GET', '/me')).status, 401);
});

story('a bot is made, speaks with its mark, and is silenced', async ({ owner, home }) => {
  const ada = await owner(device(DESKTOP));
  const room = await ada.makesRoom('Garden');
  const { page } = ada;
  await ada.opens('/admin/bots');
  await page.getByText('No bots yet.').waitFor();
  await ada.button('New bot').click();
  await ada.dialog.getByLabel('Username').fill('sprinkler');
  await ada.dialog.getByLabel('Name that others see').fill('Sprinkler');
  await ada.dialog.getByRole('button', { name: 'Make the bot' }).click();
  const bot = page.getByRole('dialog', { name: 'Sprinkler' });
  await bot.getByRole('button', { name: 'New key' }).click();
  await page.getByRole('dialog', { name: 'New key' }).getByLabel('Name').fill('valve');
  await ada.button('Make the key').click();
  const shown = page.getByRole('dialog', { name: 'Your new key' });
  const key = await shown.getByRole('textbox', { name: 'API key' }).textContent();
  await shown.getByRole('button', { name: 'Done' }).click();
  await bot.locator('.keylist').getByText('valve').waitFor();
  assert.deepEqual(await inBothLooks(page, 'a bot'), []);

  const { body: self } = await program(home, key, 'GET', '/me');
  await ada.asks('PUT', `/rooms/${room.id}/members/${self.id}`, { role: 'member' });
  assert.equal((await program(home, key, 'POST', `/rooms/${room.id}/messages`, { text: 'Watering the roses' })).status, 201);
  await bot.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog', { name: 'Disable Sprinkler?' }).getByRole('button', { name: 'Disable' }).click();
  await bot.getByText('A disabled bot has no keys.').waitFor();
  await until(() => program(home, key, 'GET', '/me'), (answer) => answer.status === 401, 'the bot is cut off');
  await page.keyboard.press('Escape');

  await ada.comesTo(room);
  await ada.sees('Watering the roses');
  await page.locator('.who', { hasText: 'Sprinkler' }).getByText('Bot', { exact: true }).waitFor();
});
