// Other languages: complete, chosen by the browser or by hand, and from right to left where they are read so.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { house } from './support/house.mjs';
import { DESKTOP, PHONE } from './support/browser.mjs';

const { story } = house();
const root = new URL('../../', import.meta.url);
const strings = async (tag) => JSON.parse(await readFile(new URL(`assets/i18n/${tag}.json`, root), 'utf8'));
const tags = (await readdir(new URL('assets/i18n/', root))).map((name) => name.replace(/\.json$/, ''));
const ARABIC = { locale: 'ar-EG' };

test('the server, the client and the folder know the same languages', async () => {
  const server = await readFile(new URL('src/http/language.rs', root), 'utf8');
  const client = await readFile(new URL('assets/js/i18n.js', root), 'utf8');
  const listed = [...server.match(/LANGUAGES[^=]*= &\[(.*)\];/)[1].matchAll(/\("(\w+)", "(ltr|rtl)"\)/g)].map(([, tag]) => tag);
  const shown = [...client.match(/LANGUAGES = \{(.*)\};/)[1].matchAll(/(\w+):/g)].map(([, tag]) => tag);
  assert.deepEqual(listed.toSorted(), tags.toSorted());
  assert.deepEqual(shown.toSorted(), tags.toSorted());
});

for (const tag of tags.filter((tag) => tag !== 'en'))
  test(`${tag} says everything that en says, with the same values, in all its forms`, async () => {
    const [en, other] = [await strings('en'), await strings(tag)];
    assert.deepEqual(Object.keys(en).filter((key) => !(key in other)), [], 'missing');
    assert.deepEqual(Object.keys(other).filter((key) => !(key in en)), [], 'no longer used');
    const forms = (entry) => (typeof entry === 'string' ? [entry] : Object.entries(entry).flatMap(([name, form]) => (name === 'select' ? [] : forms(form))));
    const values = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const { pluralCategories } = new Intl.PluralRules(tag).resolvedOptions();
    const wrong = [];
    for (const [key, entry] of Object.entries(en)) {
      const said = other[key];
      const wanted = new Set(forms(entry).flatMap(values));
      const found = new Set(forms(said).flatMap(values));
      if ([...wanted].some((name) => !found.has(name)) || [...found].some((name) => !wanted.has(name))) wrong.push(`${key}: the values differ`);
      if (typeof entry !== typeof said) wrong.push(`${key}: one chooses and the other does not`);
      else if (typeof entry === 'object' && entry.select) {
        if (Object.keys(entry).join() !== Object.keys(said).join()) wrong.push(`${key}: other choices`);
      } else if (typeof entry === 'object' && pluralCategories.toSorted().join() !== Object.keys(said).toSorted().join()) wrong.push(`${key}: has ${Object.keys(said)}`);
      if (forms(said).some((form) => !form.trim())) wrong.push(`${key}: says nothing`);
    }
    assert.deepEqual(wrong, []);
  });

test('what the client asks for is there', async () => {
  const en = await strings('en');
  const modules = (await readdir(new URL('assets/js/', root), { recursive: true })).filter((name) => name.endsWith('.js'));
  const missing = [];
  for (const name of modules) {
    const text = await readFile(new URL(`assets/js/${name}`, root), 'utf8');
    for (const [, key] of text.matchAll(/\b(?:t|rich)\('([\w.]+)'/g)) if (!(key in en)) missing.push(`${name}: ${key}`);
  }
  assert.deepEqual(missing, []);
});

test('each refusal that a person may meet has words of the client, or better ones of its own', async () => {
  // The server says exactly what is wrong with a field, or which rule is in the way.
  const exact = ['invalid', 'malformed', 'forbidden', 'weak_password', 'wrong_code'];
  // Answers to programs, operators and browsers; no page of ours gets them.
  const others = ['bad_token', 'changed', 'checksum_mismatch', 'configuration', 'cross_origin', 'damaged', 'damaged_backup', 'length_known', 'locked', 'method_not_allowed', 'https_only', 'newer_schema', 'no_data', 'not_a_part', 'not_a_websocket', 'not_json', 'not_permitted', 'invalid_scope', 'key_limited', 'range', 'refresh_gone', 'scope_missing', 'tus_version', 'upload_incomplete', 'wrong_host', 'wrong_offset'];
  // Told with the seconds that are left.
  const apart = ['too_many'];
  const en = await strings('en');
  const files = (await readdir(new URL('src/', root), { recursive: true })).filter((name) => name.endsWith('.rs') && !/^(cli|build|config)/.test(name));
  const codes = new Set();
  for (const name of files) {
    const text = await readFile(new URL(`src/${name}`, root), 'utf8');
    for (const [, code] of text.matchAll(/(?:Refusal::new\(\s*\d+,|conflict\()\s*"(\w+)"/g)) codes.add(code);
  }
  assert.ok(codes.size > 20);
  const known = [...exact, ...others, ...apart];
  assert.deepEqual([...codes].filter((code) => !known.includes(code) && !(`problem.${code}` in en)), []);
});

story('an Arabic browser gets Arabic, from right to left', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Launch');
  const amal = await guest('أمل', { rooms: [room], username: 'amal', device: { ...DESKTOP, ...ARABIC } });
  await ada.says(room, 'Good morning @amal');
  await ada.says(room, 'اجتماع اليوم عند العاشرة');
  await amal.opens(`/r/${room.id}`);
  const { page } = amal;
  await amal.sees('Good morning');
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), ['ar', 'rtl']);
  await page.getByRole('textbox', { name: /^رسالة إلى/ }).waitFor();
  // The list is where reading begins, and the send button where it ends.
  const at = (selector) => page.locator(selector).first().boundingBox();
  const [side, main, send, box] = [await at('#side'), await at('#main'), await at('.comp .send'), await at('.comp textarea')];
  assert.ok(side.x > main.x && send.x < box.x);
  // Words keep the direction of their own language.
  const direction = (text) => page.locator('.b p', { hasText: text }).evaluate((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const words = range.getBoundingClientRect();
    const whole = node.closest('.b').getBoundingClientRect();
    return words.left - whole.left < whole.right - words.right ? 'left' : 'right';
  });
  assert.equal(await direction('اجتماع'), 'right');
  await page.goto(`${amal.url}/settings/appearance`);
  await page.getByLabel('اللغة').selectOption('en');
  await page.getByRole('heading', { name: 'Appearance' }).waitFor();
  assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), ['en', 'ltr']);
  await page.getByLabel('Language').selectOption('');
  await page.getByLabel('اللغة').waitFor();
});

story('numbers take the form that their language has for them', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Counts');
  const amal = await guest('أمل', { rooms: [room], username: 'amal2', device: { ...PHONE, ...ARABIC } });
  for (const [n, words] of [
    [1, 'إشارة واحدة'],
    [2, 'إشارتان'],
    [3, '3 إشارات'],
    [11, '11 إشارة'],
  ]) {
    while ((await amal.asks('GET', `/rooms/${room.id}`)).me.mentions < n) await ada.says(room, 'one more, @amal2');
    await amal.opens();
    await amal.row(room).getByText(words).first().waitFor({ state: 'attached' });
  }
});

story('a refusal is told in the language of the page', async ({ owner, visitor }) => {
  await owner();
  const amal = await visitor({ ...DESKTOP, ...ARABIC });
  amal.expect(/status of 401/);
  await amal.opens('/login');
  await amal.page.getByLabel('اسم المستخدم').fill('ada');
  await amal.page.getByLabel('كلمة المرور', { exact: true }).fill('not my password');
  await amal.page.getByRole('button', { name: 'تسجيل الدخول' }).click();
  await amal.page.getByRole('alert').filter({ hasText: 'غير صحيحة' }).waitFor();
});
