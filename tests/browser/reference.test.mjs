// The page that authors of programs read: every route, found by words, opened by its address, without the client.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { device, inBothLooks } from './support/axe.mjs';
import { DESKTOP, PHONE } from './support/browser.mjs';

const { story, home } = house();

story('somebody without an account looks up how to pin', async ({ visitor }) => {
  const reader = await visitor();
  const asked = [];
  reader.page.on('request', (request) => asked.push(new URL(request.url())));
  await reader.opens('/api');
  const { page } = reader;
  await page.getByRole('heading', { name: 'Snug for programs', level: 1 }).waitFor();
  const document = await (await reader.context.request.get(`${home.server.url}/api/v1/openapi.json`)).json();
  const routes = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
  const objects = Object.keys(document.components.schemas).length;
  const events = Object.keys(document['x-websocket'].events).length;
  assert.equal(await page.locator('details.route').count(), routes.length + objects + events + 3);

  await page.getByLabel('Search the interface').fill('put pins');
  await page.getByText('1 found').waitFor();
  const pin = page.locator('details.route:visible');
  await pin.locator('summary').first().click();
  for (const words of ['Pin a message', "somebody signed in, or an API key with the scope write", 'curl -X PUT']) await pin.getByText(words).first().waitFor();
  await pin.getByText('Problems').click();
  await pin.getByText('pin_forbidden').waitFor();
  await page.getByLabel('Search the interface').fill('nothing like this');
  await page.getByText('Nothing here is called so.').waitFor();

  // A link opens what it names, and objects lead to each other.
  await reader.opens('/api#object-Message');
  const message = page.locator('#object-Message');
  await message.getByText('thread_count').waitFor();
  await message.getByRole('link', { name: 'MessageKind' }).click();
  await page.locator('#object-MessageKind').getByText('"pinned"').waitFor();
  assert.deepEqual(asked.filter(({ origin }) => origin !== new URL(home.server.url).origin), [], 'no foreign host is asked');
});

for (const [name, size] of [['desktop', DESKTOP], ['phone', PHONE]])
  story(`the page is for everybody, ${name}`, async ({ visitor }) => {
    const reader = await visitor(device(size));
    await reader.opens('/api');
    await reader.page.locator('details.route').first().waitFor();
    const found = await inBothLooks(reader.page, 'api');
    for (const one of ['post_rooms', 'get_files_file_name', 'object-Room', 'socket-server']) await reader.page.locator(`#${one} > summary`).click();
    found.push(...(await inBothLooks(reader.page, 'api, opened')));
    assert.deepEqual(found, []);
    const wider = await reader.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wider <= 0, `${wider} px wider than the window`);
  });
