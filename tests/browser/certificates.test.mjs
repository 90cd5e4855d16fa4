// The certificate: how admins see that it is well, and how a phone or a laptop learns to trust it.
import assert from 'node:assert/strict';
import { device, inBothLooks } from './support/axe.mjs';
import { answered, DESKTOP, PHONE } from './support/browser.mjs';
import { house } from './support/house.mjs';

const { story, home } = house();

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1';

story('each system finds its own steps first, without a script, and another device the address', async ({ visitor }) => {
  const anna = await visitor({ ...PHONE, userAgent: IPHONE, javaScriptEnabled: false });
  await anna.page.goto(`${home.server.url}/trust`);
  await anna.page.getByText('Certificate Trust Settings').waitFor();
  assert.ok(await anna.page.getByRole('radio', { name: 'iPhone, iPad' }).isChecked());
  assert.equal(await anna.page.locator('.how:visible').count(), 1);
  await anna.page.locator('label', { hasText: 'Windows' }).click();
  await anna.page.getByText('Trusted Root Certification Authorities').waitFor();
  assert.equal(await anna.page.locator('.how:visible').count(), 1);
  const print = (await anna.page.locator('.print code').textContent()).trim();
  assert.match(print, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  const picture = anna.page.getByRole('img', { name: 'The address of this page as a QR code' });
  assert.ok((await picture.boundingBox()).width > 100);
  // Only this machine knows 127.0.0.1, so another address stands there.
  assert.match(await anna.page.locator('.url').textContent(), /^https:\/\/.+\/trust$/);
  assert.equal(await anna.page.locator('a[download]').getAttribute('href'), '/trust/ca.crt');

  const bob = await visitor(DESKTOP);
  await bob.opens('/trust');
  assert.ok(await bob.page.getByRole('radio', { name: 'Linux' }).isChecked());
  await bob.page.getByRole('radio', { name: 'Linux' }).focus();
  await bob.page.keyboard.press('ArrowRight');
  assert.ok(await bob.page.getByRole('radio', { name: 'Firefox' }).isChecked());
  await bob.page.getByText('Trust this CA to identify websites').waitFor();
});

story('the page about trust in Arabic', async ({ visitor }) => {
  const nour = await visitor({ ...PHONE, locale: 'ar-EG' });
  await nour.opens('/trust');
  await nour.page.getByRole('heading', { name: 'الثقة بهذا الخادم' }).waitFor();
  assert.equal(await nour.page.locator('html').getAttribute('dir'), 'rtl');
  assert.ok(await nour.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it fits the window');
});

for (const [name, wide] of [['desktop', DESKTOP], ['phone', PHONE]])
  story(`axe finds nothing on the pages about certificates on a ${name}`, async ({ owner, visitor }) => {
    const ada = await owner(device(wide));
    const found = [];
    await ada.opens('/admin/certificates');
    await ada.page.locator('.certfacts').waitFor();
    found.push(...(await inBothLooks(ada.page, 'certificates')));
    const stranger = await visitor(device(wide));
    await stranger.opens('/trust');
    found.push(...(await inBothLooks(stranger.page, 'trust')));
    assert.deepEqual(found, []);
  });

/** Answers in the server's place. */
const says = (person, status, body) =>
  person.page.route('**/api/v1/admin/certificate', (route) => route.fulfill({ status, contentType: status < 300 ? 'application/json' : 'application/problem+json', body: JSON.stringify(body) }));

story('what is not well is said with its reason and the next try', async ({ owner }) => {
  const ada = await owner(device(PHONE));
  const now = Date.now();
  const day = 86_400_000;
  const acme = {
    source: 'acme', state: 'failing', names: ['chat.example.org', 'talk.example.org'], issuer: "Let's Encrypt E7", fingerprint: Array(32).fill('AB').join(':'),
    starts_at: now - 61 * day, expires_at: now + 29 * day + 1000, public: true, renewing: false, renews_at: now, next_try_at: now + 40.5 * 60_000, last_error: 'chat.example.org: Fetching http://chat.example.org/.well-known/acme-challenge/x: Connection refused.',
    last_error_at: now, proof: 'http-01', directory: 'https://acme-v02.api.letsencrypt.org/directory', authority: null,
  };
  await says(ada, 200, acme);
  await ada.opens('/admin/certificates');
  await ada.page.getByText('Connection refused').waitFor();
  await ada.page.getByText('in 29 days').first().waitFor();
  await ada.page.getByText(/tried again in 4\d minutes/).waitFor();
  assert.deepEqual(await inBothLooks(ada.page, 'failing'), []);
  await ada.isPhotographed('certificate failing phone');
  await says(ada, 409, { type: 'about:blank', title: 'Conflict', status: 409, code: 'no_certificate', detail: 'none', field: null });
  ada.expect(answered(409));
  await ada.page.reload();
  await ada.page.getByText('This server speaks plain HTTP').waitFor();
});

// The last, because Chromium was told to take the certificate of before.
story('an admin sees that all is well, and makes a new certificate while people talk', async ({ owner, guest }) => {
  const ada = await owner();
  const bob = await guest('Bob Larsen');
  const room = await ada.makesRoom('Steady', { members: [bob] });
  await bob.comesTo(room);
  await ada.opens('/admin/certificates');
  await ada.page.locator('.standing.good').getByText('All is well').waitFor();
  const before = await ada.asks('GET', '/admin/certificate');
  await ada.page.locator('.certfacts', { hasText: before.fingerprint }).waitFor();
  await ada.page.locator('.certfacts', { hasText: before.authority.fingerprint }).waitFor();
  await ada.button('Renew now').click();
  await ada.page.getByText('There is a new certificate').waitFor();
  const after = await ada.asks('GET', '/admin/certificate');
  assert.notEqual(after.fingerprint, before.fingerprint);
  assert.equal(after.authority.fingerprint, before.authority.fingerprint);
  await ada.page.locator('.certfacts', { hasText: after.fingerprint }).waitFor();
  // Bob's socket is the one from before.
  await ada.says(room, 'still here?');
  await bob.sees('still here?');
  await ada.opens('/admin/audit');
  await ada.page.locator('.audit .line', { hasText: 'Certificate renewed by hand' }).first().waitFor();
});
