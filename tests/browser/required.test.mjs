// A server that asks everybody for a second factor: until there is one, there is nothing else.
import assert from 'node:assert/strict';
import { device as forAxe, inBothLooks } from './support/axe.mjs';
import { answered, DESKTOP } from './support/browser.mjs';
import { house, PASSWORD } from './support/house.mjs';
import { code } from './support/totp.mjs';

const { story, home } = house({ environment: { SNUG_AUTH__SECOND_FACTOR: 'all' } });

story('who has none is led to set one up, and then to where they wanted', async ({ visitor }) => {
  const ada = await visitor(forAxe(DESKTOP));
  ada.expect(answered(401), answered(403));
  const setup = home.server.setupLink.split('#')[1];
  await ada.isLetIn('/setup', { code: setup, username: 'ada', name: 'Ada Berg', password: PASSWORD, server_name: 'Harbour Studio' });
  await ada.opens('/rooms');
  await ada.page.getByRole('heading', { name: 'Protect your account' }).waitFor();
  assert.deepEqual(await inBothLooks(ada.page, 'the page that asks for a second factor'), []);
  await ada.button('Set up an app that shows codes').click();
  const secret = await ada.page.getByRole('textbox', { name: 'If you cannot scan' }).innerText();
  await ada.page.getByLabel('Code that the app shows').fill(code(secret));
  await ada.button('Turn on').click();
  await ada.button('I have kept them').click();
  await ada.page.locator('#side').waitFor();
  assert.equal(new URL(ada.page.url()).pathname, '/rooms');
});
