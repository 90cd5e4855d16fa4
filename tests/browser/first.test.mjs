// The first run: from the printed link to the first message, with nothing to read but the page.
import assert from 'node:assert/strict';
import { house, PASSWORD } from './support/house.mjs';
import { expectFocus, expectTitle, until } from './support/wait.mjs';

const { story, home } = house();

story('who comes without the link is asked for the code, and the link fills it in', async ({ visitor }) => {
  const ada = await visitor();
  await ada.opens('/');
  await ada.page.getByLabel('Setup code').waitFor();
  await expectTitle(ada.page, /^Set up Snug$/);
  // In the same tab only the part behind the # changes.
  await ada.page.goto(home.server.setupLink);
  await until(
    async () => (await ada.page.getByLabel('Setup code').count()) === 0 || ada.page.getByLabel('Setup code').inputValue(),
    Boolean,
    'the code of the link is taken',
    2000,
  );
});

/** Looks at a screen in windows of all sizes, and leaves it in a large one. */
async function fitsEverywhere(person, name) {
  for (const width of [320, 390, 820, 1440]) {
    await person.page.setViewportSize({ width, height: 900 });
    await person.fits(`${name} at ${width}`);
  }
}

story('a link, three steps, a room, a message', async ({ visitor }) => {
  const ada = await visitor();
  const { page } = ada;

  await page.goto(home.server.setupLink);
  await page.getByRole('heading', { name: 'Name this place' }).waitFor();
  assert.equal(await page.getByLabel('Setup code').count(), 0);
  await expectFocus(page.getByLabel('Name'), 'the first field is ready for typing');
  await fitsEverywhere(ada, 'the first step');
  await page.getByLabel('Name').fill('Harbour Studio');
  await page.getByRole('button', { name: 'Continue' }).click();

  await page.getByRole('heading', { name: 'Make your account' }).waitFor();
  await page.getByLabel('Your name').fill('Ada Berg');
  assert.equal(await page.getByLabel('Username').inputValue(), 'ada', 'a username is suggested');

  // A weak password is named beside its field, and nothing typed is lost.
  ada.expect(/Failed to load resource: .* 422 .*\/setup/);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.locator('#password[aria-invalid=true]').waitFor();
  assert.equal(await page.getByLabel('Your name').inputValue(), 'Ada Berg');

  await fitsEverywhere(ada, 'the second step');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Continue' }).click();

  await page.getByRole('heading', { name: 'Invite the others' }).waitFor();
  assert.match(await page.getByRole('textbox', { name: 'Invite link' }).innerText(), new RegExp(`^${home.server.url}/j/[\\w-]+$`));
  const code = page.getByRole('img', { name: 'The invite link as a QR code' });
  await code.waitFor();
  assert.ok(await code.evaluate((image) => image.decode().then(() => image.naturalWidth > 100)), 'the QR code is a picture');
  assert.ok(!page.url().includes('#'), 'the code does not stay in the address');
  await fitsEverywhere(ada, 'the third step');
  await page.getByRole('button', { name: 'Open Snug' }).click();

  await page.getByRole('heading', { name: 'General', level: 1 }).waitFor();
  await expectFocus(ada.composer, 'the composer is ready for typing');
  await expectTitle(page, /^General · Harbour Studio$/);
  await page.keyboard.type('Hello, is anybody there?');
  await page.keyboard.press('Enter');
  await ada.sees('Hello, is anybody there?');
  await page.locator('article[data-state=sent]').waitFor();

  // The door is closed behind her: the link works once.
  const second = await visitor();
  await second.page.goto(home.server.setupLink);
  await second.page.getByLabel('Username').waitFor();
  await expectTitle(second.page, /^Sign in · Harbour Studio$/);
});
