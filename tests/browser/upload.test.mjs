// Files on their way from a browser: chosen, dropped, pasted, broken off and gone on with.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { house } from './support/house.mjs';
import { device, inBothLooks } from './support/axe.mjs';
import { answered, DESKTOP, PHONE, SERVER_AWAY } from './support/browser.mjs';
import { asTaken, picture, PLACE } from './support/photo.mjs';
import { expectFocus, until } from './support/wait.mjs';

const { story, home } = house({ environment: { SNUG_LIMITS__UPLOAD_MAX_BYTES: String(12 * 1024 * 1024) } });

const plan = { name: 'plan.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 a plan') };
const named = (name, size = 2000) => ({ name, mimeType: 'application/octet-stream', buffer: randomBytes(size) });
const MB = 1024 * 1024;
/** What is large is read by the browser from a disk, as people's files are: handed over by a story it takes long. */
const disk = mkdtempSync(join(tmpdir(), 'snug-files-'));
after(() => rmSync(disk, { recursive: true }));
function onDisk(name, size) {
  const file = { path: join(disk, name), buffer: randomBytes(size) };
  writeFileSync(file.path, file.buffer);
  return file;
}

const cards = (person) => person.page.getByRole('list', { name: 'Attached files' }).getByRole('listitem');
const card = (person, name) => cards(person).filter({ hasText: name });
const isDone = (person, name) => card(person, name).and(person.page.locator('[data-state=done]')).waitFor();

/** Chooses files by the menu beside the box. */
async function chooses(person, files, how = 'File', within = person.page) {
  const asked = person.page.waitForEvent('filechooser');
  await within.getByRole('button', { name: 'Attach' }).click();
  await person.menu.getByRole('menuitem', { name: how }).click();
  await (await asked).setFiles(files);
}

/** What the last message of a room carries. */
const sentFiles = async (person, room) => (await person.asks('GET', `/rooms/${room.id}/messages`)).messages.at(-1).files;
const bytesOf = async (person, file) => (await person.context.request.get(person.url + file.url)).body();

/** Drags files over an element, or drops them there. */
const drags = (person, event, where, names) =>
  person.page.locator(where).evaluate(
    (target, [kind, list]) => {
      const dataTransfer = new DataTransfer();
      for (const name of list) dataTransfer.items.add(new File([`the words of ${name}`], name, { type: 'text/plain' }));
      target.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
    },
    [event, names],
  );

const pastes = (person, { text, file }) =>
  person.composer.evaluate(
    (box, [words, name]) => {
      const clipboardData = new DataTransfer();
      if (words) clipboardData.setData('text/plain', words);
      if (name) clipboardData.items.add(new File(['pasted bytes'], name, { type: 'text/plain' }));
      const goesOn = box.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      if (goesOn && words) document.execCommand('insertText', false, words);
    },
    [text, file],
  );

story('files are chosen, and go with the words in their order', async ({ owner, guest }) => {
  const ada = await owner(device(DESKTOP));
  const room = await ada.makesRoom('Plans');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await ada.comesTo(room);
  await bob.comesTo(room);
  await chooses(ada, [plan, named('b.bin'), named('a very long name that does not fit on a card at all.bin')]);
  for (const name of ['plan.pdf', 'b.bin', 'a very long']) await isDone(ada, name);
  assert.deepEqual(await inBothLooks(ada.page, 'cards'), []);
  await ada.isPhotographed('upload cards');
  await ada.composer.fill('The plans');
  await ada.composer.press('Enter');
  await ada.message('The plans').and(ada.page.locator('[data-state=sent]')).waitFor();
  assert.equal(await cards(ada).count(), 0);
  await bob.sees('The plans');
  const files = await sentFiles(bob, room);
  assert.deepEqual(files.map(({ name }) => name), ['plan.pdf', 'b.bin', 'a very long name that does not fit on a card at all.bin']);
  assert.deepEqual(await bytesOf(bob, files[0]), plan.buffer);
});

story('a photo is shown at once, upright, small, and does not tell where it was taken', async ({ owner, guest }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Photos');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await ada.comesTo(room);
  await bob.comesTo(room);
  const photo = asTaken(await picture(ada.page, 1600, 1000));
  assert.ok(photo.includes(PLACE));
  await chooses(ada, [{ name: 'IMG_2034.jpg', mimeType: 'image/jpeg', buffer: photo }], 'Photo or video');
  await isDone(ada, 'IMG_2034.jpg');
  // Neither what stands there nor the picture itself is made anew when the server has it.
  await ada.page.evaluate(() => {
    window.changes = [];
    new MutationObserver((list) => {
      for (const { removedNodes, target, attributeName } of list) {
        for (const node of removedNodes) if (node.querySelector?.('img') ?? node.matches?.('img')) window.changes.push(`removed ${node.className}`);
        if (attributeName === 'src') window.changes.push(`src of ${target.className}`);
      }
    }).observe(document.querySelector('#messages'), { childList: true, subtree: true, attributes: true, attributeFilter: ['src'] });
  });
  await ada.composer.press('Enter');
  await ada.log.locator('article[data-state=sent] img').waitFor();
  assert.deepEqual(await ada.page.evaluate(() => window.changes), []);

  const [file] = await sentFiles(bob, room);
  const bytes = await bytesOf(bob, file);
  assert.ok(bytes.length > 1000 && !bytes.includes(PLACE) && !bytes.includes('http://ns.adobe.com'), 'the place is gone');
  const thumb = await bob.context.request.get(bob.url + file.thumb);
  assert.match(thumb.headers()['content-type'], /^image\/(webp|jpeg)$/);
  assert.ok((await thumb.body()).length <= 64 * 1024);
  for (const url of [file.url, file.thumb]) {
    const seen = await bob.page.evaluate(async (path) => {
      const image = await createImageBitmap(await (await fetch(path)).blob());
      const pen = new OffscreenCanvas(image.width, image.height).getContext('2d');
      pen.drawImage(image, 0, 0);
      const at = (y) => [...pen.getImageData(image.width / 2, y, 1, 1).data];
      return { width: image.width, height: image.height, top: at(5), bottom: at(image.height - 5) };
    }, url);
    // A quarter turn: what was left is above.
    assert.ok(seen.width < seen.height && seen.top[0] > 150 && seen.bottom[2] > 150, `${url} ${JSON.stringify(seen)}`);
  }
  assert.deepEqual([file.width, file.height], [1000, 1600], 'as it is seen');
  await bob.log.locator('article img').waitFor();
});

story('what is dropped on the sheet is attached, in the room or in the thread', async ({ owner }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Drop zone');
  const root = await ada.says(room, 'a question');
  await ada.says(room, 'an answer', { thread: root.id });
  await ada.comesTo(room);
  await ada.sees('a question');
  await drags(ada, 'dragenter', '#messages', ['one.txt']);
  await ada.page.getByText('Drop to send in Drop zone').waitFor();
  await ada.isPhotographed('upload drop');
  await drags(ada, 'drop', '#messages', ['one.txt', 'two.txt']);
  await isDone(ada, 'one.txt');
  await isDone(ada, 'two.txt');
  await ada.page.getByText('Drop to send in Drop zone').waitFor({ state: 'detached' });
  await expectFocus(ada.composer);
  await ada.page.keyboard.press('Enter');
  await until(() => sentFiles(ada, room), (files) => files.map(({ name }) => name).join() === 'one.txt,two.txt', 'both are sent');

  await ada.byId(root.id).getByRole('button', { name: /1 reply/ }).click();
  const thread = ada.page.getByRole('complementary', { name: 'Thread' });
  await thread.getByRole('textbox').waitFor();
  await drags(ada, 'dragover', '.thread .scroll', ['three.txt']);
  await ada.page.getByText('Drop to answer in this thread').waitFor();
  await drags(ada, 'drop', '.thread .scroll', ['three.txt']);
  await thread.locator('.acard[data-state=done]').waitFor();
  await thread.getByRole('textbox').press('Enter');
  await until(
    async () => (await ada.asks('GET', `/rooms/${room.id}/threads/${root.id}`)).messages.flatMap(({ files }) => files.map(({ name }) => name)),
    (names) => names.join() === 'three.txt',
    'it is an answer',
  );
});

story('what is pasted: files, long words that may become one, and words that stay words', async ({ owner }) => {
  const ada = await owner(device(DESKTOP));
  const room = await ada.makesRoom('Pastes');
  await ada.comesTo(room);
  await ada.composer.focus();
  await pastes(ada, { file: 'image.txt' });
  await isDone(ada, 'image.txt');
  assert.equal(await ada.composer.inputValue(), '');
  await pastes(ada, { text: 'short words' });
  assert.equal(await ada.page.getByRole('button', { name: 'Send as file' }).count(), 0);
  assert.equal(await ada.composer.inputValue(), 'short words');
  const long = 'line of a log\n'.repeat(200);
  await pastes(ada, { text: long });
  const offer = ada.page.getByRole('button', { name: 'Send as file' });
  await offer.waitFor();
  assert.deepEqual(await inBothLooks(ada.page, 'the offer'), []);
  await ada.isPhotographed('upload long paste');
  await offer.click();
  await isDone(ada, 'pasted.txt');
  assert.equal(await ada.composer.inputValue(), 'short words');
  await expectFocus(ada.composer);
  await ada.composer.press('Enter');
  await ada.message('short words').and(ada.page.locator('[data-state=sent]')).waitFor();
  const files = await sentFiles(ada, room);
  assert.deepEqual(files.map(({ name }) => name), ['image.txt', 'pasted.txt']);
  assert.equal((await bytesOf(ada, files[1])).toString(), long);
});

story('cards are taken away by key and button, and come back to their room', async ({ owner }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Kept here');
  const other = await ada.makesRoom('Not here');
  await ada.comesTo(room);
  await chooses(ada, [named('one.bin'), named('two.bin'), named('three.bin')]);
  await isDone(ada, 'three.bin');
  await ada.goesTo(other);
  await ada.page.getByRole('heading', { name: 'Not here', level: 1 }).waitFor();
  assert.equal(await cards(ada).count(), 0);
  assert.equal(await ada.button('Send').isDisabled(), true);
  await ada.goesTo(room);
  await isDone(ada, 'one.bin');
  await ada.button('Remove one.bin').focus();
  await ada.page.keyboard.press('Delete');
  await expectFocus(ada.button('Remove two.bin'), 'the next card has the focus');
  await ada.button('Remove three.bin').click();
  await until(() => cards(ada).count(), (count) => count === 1, 'one is left');
  await ada.composer.press('Enter');
  await until(() => sentFiles(ada, room), (files) => files.map(({ name }) => name).join() === 'two.bin', 'the one is sent');
});

story('what cannot be sent is said before it is tried', async ({ owner }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Limits');
  await ada.comesTo(room);
  await chooses(ada, onDisk('huge.bin', 13 * MB).path);
  await ada.page.getByRole('alert').filter({ hasText: 'huge.bin is too large: 13 MB. At most 12 MB a file.' }).waitFor();
  assert.equal(await cards(ada).count(), 0);
  await chooses(ada, Array.from({ length: 22 }, (_, n) => named(`${n}.bin`, 10)));
  await ada.page.getByRole('alert').filter({ hasText: 'At most 20 files a message.' }).waitFor();
  await until(() => ada.page.locator('.acard[data-state=done]').count(), (count) => count === 20, 'all are there');
  await ada.composer.press('Enter');
  await ada.log.locator('article[data-state=sent]').waitFor();
  assert.deepEqual((await sentFiles(ada, room)).map(({ name }) => name), Array.from({ length: 20 }, (_, n) => `${n}.bin`));
});

story('a refusal is said on the card, and tried again when it is asked for', async ({ owner }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Full house');
  await ada.comesTo(room);
  ada.expect(answered(413));
  const refuse = (route) => route.fulfill({ status: 413, contentType: 'application/problem+json', json: { code: 'quota_exceeded', detail: 'Your files take all of your room.' } });
  await ada.page.route('**/rooms/*/files?*', refuse);
  await chooses(ada, [plan]);
  await card(ada, 'plan.pdf').and(ada.page.locator('[data-state=failed]')).waitFor();
  await ada.composer.fill('with words');
  assert.equal(await ada.button('Send').isDisabled(), true, 'it waits for a decision');
  await ada.isPhotographed('upload refused');
  await ada.page.unroute('**/rooms/*/files?*', refuse);
  await ada.button('Try again to upload plan.pdf').click();
  await isDone(ada, 'plan.pdf');
  await ada.composer.press('Enter');
  await ada.message('with words').and(ada.page.locator('[data-state=sent]')).waitFor();
});


story('what is on its way is called back, and its file with it', async ({ owner }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Called back');
  await ada.comesTo(room);
  let free;
  const held = new Promise((done) => (free = done));
  await ada.page.route('**/rooms/*/files?*', async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  await chooses(ada, [plan]);
  await ada.composer.fill('not yet');
  await ada.composer.press('Enter');
  await ada.message('not yet').and(ada.page.locator('[data-state=uploading]')).waitFor();
  await ada.message('not yet').getByRole('button', { name: 'Cancel' }).click();
  await card(ada, 'plan.pdf').waitFor();
  assert.equal(await ada.composer.inputValue(), 'not yet');
  await ada.button('Cancel plan.pdf').click();
  assert.equal(await cards(ada).count(), 0);
  free();
  assert.equal(await ada.log.getByRole('article').count(), 0);
});



/** In the page: the files that this browser keeps. */
async function keptNames(user) {
  const database = await new Promise((done, failed) => {
    const request = indexedDB.open(`snug-${user}`);
    request.onsuccess = () => done(request.result);
    request.onerror = failed;
  });
  const files = await new Promise((done) => {
    const request = database.transaction('files').objectStore('files').getAll();
    request.onsuccess = () => done(request.result);
  });
  database.close();
  return files.filter(({ prepared }) => prepared).map(({ name }) => name);
}

story('a message waits for its files, its writer does not; a broken connection is gone on with', async ({ owner }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Long way');
  await ada.comesTo(room);
  ada.expect(/ERR_FAILED/, /ERR_CONNECTION/, answered('4..'));
  const large = onDisk('large.bin', 10 * MB);
  // The second piece breaks off once.
  let pieces = 0;
  const offsets = [];
  let free;
  const held = new Promise((done) => (free = done));
  await ada.page.route('**/api/v1/rooms/*/uploads/*', async (route) => {
    if (route.request().method() !== 'PATCH') return route.continue();
    offsets.push(Number(route.request().headers()['upload-offset']));
    if (++pieces === 2) return route.abort();
    if (pieces === 3) await held;
    await route.continue();
  });
  await chooses(ada, large.path);
  await until(() => pieces, (count) => count >= 3, 'it goes on after the break');
  await ada.composer.fill('with a large file');
  await ada.composer.press('Enter');
  const waiting = ada.message('with a large file');
  await waiting.and(ada.page.locator('[data-state=uploading]')).waitFor();
  await waiting.getByRole('progressbar').waitFor();
  await ada.shows(waiting, 'Keep this page open');
  await ada.isPhotographed('upload waiting');
  await ada.writes('said meanwhile');
  await ada.message('said meanwhile').and(ada.page.locator('[data-state=sent]')).waitFor();
  assert.equal(await waiting.getAttribute('data-state'), 'uploading');
  free();
  await waiting.and(ada.page.locator('[data-state=sent]')).waitFor();
  assert.deepEqual(offsets.slice(0, 3), [0, 8 * MB, 8 * MB]);
  const [file] = await sentFiles(ada, room);
  assert.ok((await bytesOf(ada, file)).equals(large.buffer), 'every byte');
});

story('the server dies during an upload, and the page is loaded again', async ({ owner }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Power cut');
  ada.expect(...SERVER_AWAY, answered('4..'));
  await ada.comesTo(room);
  const file = onDisk('kept.bin', 6 * MB);
  // What the menu is made of is fetched ahead.
  await ada.page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/css/files.css')));
  await home.server.kill();
  await chooses(ada, file.path);
  await ada.shows(card(ada, 'kept.bin'), 'Waiting for connection');
  await ada.composer.fill('sent into the dark');
  await ada.composer.press('Enter');
  await ada.message('sent into the dark').and(ada.page.locator('[data-state=uploading]')).waitFor();
  await home.server.again();
  await ada.page.reload();
  await ada.message('sent into the dark').and(ada.page.locator('[data-state=sent]')).waitFor({ timeout: 30_000 });
  const [sent] = await sentFiles(ada, room);
  assert.ok((await bytesOf(ada, sent)).equals(file.buffer), 'every byte');
  assert.equal((await ada.asks('GET', `/rooms/${room.id}/messages`)).messages.filter(({ text }) => text).length, 1);
});

story('what is attached and not sent is there after a reload; what is too large to be kept is asked for again', async ({ owner }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Reload');
  await ada.comesTo(room);
  ada.expect(/ERR_FAILED/);
  await chooses(ada, [plan]);
  await isDone(ada, 'plan.pdf');
  await ada.page.route('**/api/v1/rooms/*/uploads', () => {});
  await chooses(ada, onDisk('big.bin', 9 * MB).path);
  await card(ada, 'big.bin').waitFor();
  await until(() => ada.page.evaluate(keptNames, ada.user.id), (names) => names.length === 2, 'both are noted');
  await ada.page.unrouteAll({ behavior: 'ignoreErrors' });
  await ada.page.reload();
  await isDone(ada, 'plan.pdf');
  // A window beside it leaves it alone; one that comes after it finds it.
  const beside = await ada.context.newPage();
  await beside.goto(`${ada.url}/r/${room.id}`);
  await beside.getByRole('button', { name: 'Attach' }).click();
  await beside.getByRole('menuitem', { name: 'File' }).waitFor();
  assert.equal(await beside.locator('.acard').count(), 0);
  await ada.page.close();
  ada.page = beside;
  await ada.page.reload();
  await isDone(ada, 'plan.pdf');
  await ada.shows(card(ada, 'big.bin'), 'Too large to be kept');
  await ada.isPhotographed('upload lost');
  await ada.button('Remove big.bin').click();
  await ada.composer.press('Enter');
  await until(() => sentFiles(ada, room), (files) => files.map(({ name }) => name).join() === 'plan.pdf', 'the kept one is sent');
  await until(() => ada.page.evaluate(keptNames, ada.user.id), (names) => names.length === 0, 'nothing is left behind');
});

story('without a network files wait, and go when it is back', async ({ owner, guest }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Tunnel');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await ada.comesTo(room);
  await bob.comesTo(room);
  ada.expect(...SERVER_AWAY, /ERR_INTERNET_DISCONNECTED/);
  await ada.page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/css/files.css')));
  await ada.context.setOffline(true);
  await chooses(ada, [plan, { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: await picture(ada.page) }]);
  await ada.shows(card(ada, 'plan.pdf'), 'Waiting for connection');
  await ada.composer.fill('from the tunnel');
  await ada.composer.press('Enter');
  const message = ada.message('from the tunnel');
  await message.and(ada.page.locator('[data-state=uploading]')).waitFor();
  await ada.shows(message, 'Waiting for connection');
  await message.locator('img').waitFor();
  await ada.isPhotographed('upload offline');
  await ada.context.setOffline(false);
  await message.and(ada.page.locator('[data-state=sent]')).waitFor({ timeout: 30_000 });
  await bob.message('from the tunnel').locator('img').waitFor();
  assert.deepEqual((await sentFiles(bob, room)).map(({ name }) => name), ['plan.pdf', 'photo.jpg']);
});

story('on a phone: the camera, cards that scroll, and nothing too wide', async ({ owner }) => {
  const ada = await owner(device(PHONE));
  const room = await ada.makesRoom('Thumbs');
  await ada.comesTo(room);
  await ada.button('Attach').tap();
  await ada.isPhotographed('upload menu phone');
  const asked = ada.page.waitForEvent('filechooser');
  await ada.menu.getByRole('menuitem', { name: 'Take a photo' }).tap();
  const chooser = await asked;
  assert.deepEqual(await chooser.element().evaluate((field) => [field.getAttribute('accept'), field.getAttribute('capture')]), ['image/*', 'environment']);
  await chooser.setFiles([{ name: 'photo.jpg', mimeType: 'image/jpeg', buffer: await picture(ada.page) }]);
  await isDone(ada, 'photo.jpg');
  await chooses(ada, [plan, named('three.bin')]);
  await isDone(ada, 'three.bin');
  assert.deepEqual(await inBothLooks(ada.page, 'cards on a phone'), []);
  await ada.fits('cards on a phone');
  await ada.isPhotographed('upload cards phone');
  await ada.button('Send').tap();
  await ada.log.locator('article[data-state=sent] img').waitFor();
  await ada.fits('a message with files');
});
