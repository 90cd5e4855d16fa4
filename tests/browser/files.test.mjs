// What files look like in a conversation, and what can be done with them.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { house } from './support/house.mjs';
import { device, inBothLooks } from './support/axe.mjs';
import { answered, DESKTOP, PHONE } from './support/browser.mjs';
import { png, wav } from './support/samples.mjs';
import { expectFocus, until } from './support/wait.mjs';

const { story } = house();
const PLAN = Buffer.from('%PDF-1.7\n% a plan\n%%EOF\n');
const WAVE = Array.from({ length: 48 }, (_, at) => Math.round(16 + 14 * Math.sin(at / 3)));

/** Ada and Bob in a room. */
async function pair({ owner, guest }, name, { ada: adas = DESKTOP, bob: bobs = DESKTOP, kind } = {}) {
  const ada = await owner(adas);
  const room = await ada.makesRoom(name, { kind });
  const bob = await guest('Bob Larsen', { rooms: [room], device: bobs });
  return { ada, bob, room };
}

const sizeOf = async (locator) => {
  const { width, height } = await locator.boundingBox();
  return [Math.round(width), Math.round(height)];
};

story('a picture has its room before it is there, and nothing moves when it comes', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Pictures');
  for (let n = 0; n < 12; n++) await ada.says(room, `before ${n}`);
  const said = await ada.sends(room, 'The hero', [['hero v3.png', png(1600, 900)]]);
  await ada.says(room, 'after');
  await bob.hasRead(room);
  await bob.context.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  let release;
  const held = new Promise((done) => (release = done));
  await bob.page.route((url) => url.pathname.startsWith('/files/'), async (route) => {
    await held;
    await route.continue();
  });
  await bob.comesTo(room);
  const picture = bob.byId(said).getByRole('button', { name: 'Open picture hero v3.png' });
  await picture.waitFor();
  assert.deepEqual(await sizeOf(picture), [420, 236]);
  const image = bob.byId(said).getByRole('img', { name: 'hero v3.png' });
  release();
  await until(() => image.evaluate((one) => one.complete && one.naturalWidth), (width) => width === 1600, 'the picture is there');
  assert.deepEqual(await sizeOf(picture), [420, 236]);
  const shift = await bob.page.evaluate(() => window.shift);
  assert.ok(shift <= 0.02, `layout shift ${shift}`);
  // The words stand under it.
  const [above, below] = [await picture.boundingBox(), await bob.byId(said).locator('.b').boundingBox()];
  assert.ok(below.y >= above.y + above.height);
});

story('a small picture stands for a large one, which is fetched when it is opened', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Small');
  const thumb = Buffer.from(
    await (await ada.opens('/rooms')).page.evaluate(async () => {
      const canvas = new OffscreenCanvas(320, 180);
      canvas.getContext('2d').fillRect(0, 0, 320, 180);
      return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())];
    }),
  );
  const said = await ada.sends(room, '', [['sea.png', png(1280, 720), { thumb }]]);
  const asked = [];
  bob.page.on('request', (request) => new URL(request.url()).pathname.startsWith('/files/') && asked.push(new URL(request.url()).pathname.split('/').at(-1)));
  await bob.comesTo(room);
  await until(() => asked.join(), (list) => list === 'thumb', 'only the small one');
  assert.equal(await bob.byId(said).locator('.b').count(), 0, 'a bubble without words');
  await bob.byId(said).getByRole('button', { name: 'Open picture' }).click();
  await bob.dialog.waitFor();
  await until(() => asked.includes('sea.png'), Boolean, 'the large one');
});

story('several pictures stand in a grid, and the fifth tells how many more there are', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Grid');
  const grids = [];
  for (const count of [2, 3, 4, 7])
    grids.push([count, await ada.sends(room, '', Array.from({ length: count }, (_, at) => [`${at}.png`, png(300 + at * 10, 200, at * 50)]))]);
  await bob.comesTo(room);
  for (const [count, said] of grids) {
    const pictures = bob.byId(said).getByRole('button', { name: /^Open picture/ });
    assert.equal(await pictures.count(), Math.min(5, count));
    const [first, last] = [await pictures.first().boundingBox(), await pictures.last().boundingBox()];
    assert.ok(last.x > first.x && last.x + last.width - first.x <= 421, `${count}: ${JSON.stringify([first, last])}`);
  }
  assert.equal(await bob.byId(grids[3][1]).locator('.pic').last().getAttribute('data-more'), '+2');
});

story('a voice note is played, searched and hurried by keys alone', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Voices');
  await ada.sends(room, '', [['voice.wav', wav(12), { duration_ms: 12_000, waveform: WAVE }]]);
  await bob.comesTo(room);
  const voice = bob.log.locator('.voice');
  const slider = voice.getByRole('slider', { name: 'Place in the voice note' });
  await slider.focus();
  assert.equal(await slider.getAttribute('aria-valuetext'), '0:00 of 0:12');
  for (const [key, at] of [['ArrowRight', '0:02'], ['ArrowRight', '0:04'], ['ArrowLeft', '0:02'], ['End', '0:12'], ['Home', '0:00']]) {
    await bob.page.keyboard.press(key);
    await until(() => slider.getAttribute('aria-valuetext'), (text) => text === `${at} of 0:12`, key);
  }
  await voice.getByRole('button', { name: 'Play' }).press('Enter');
  await until(() => voice.locator('audio').evaluate((one) => one.currentTime), (time) => time > 0.3, 'it plays');
  await voice.getByRole('button', { name: 'Speed 1' }).press('Enter');
  assert.equal(await voice.locator('audio').evaluate((one) => one.playbackRate), 1.5);
  await voice.getByRole('button', { name: 'Pause' }).press('Enter');
  await voice.getByRole('button', { name: 'Play' }).waitFor();
  // The wave can be pressed.
  const { x, y, width, height } = await slider.boundingBox();
  await bob.page.mouse.click(x + width / 2, y + height / 2);
  await until(() => slider.getAttribute('aria-valuetext'), (text) => text === '0:06 of 0:12', 'the middle');
});

story('a card says what a file is, and gives it under its own name', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Cards');
  const names = ['rollback plan (2).pdf', 'خطة العمل.pdf'];
  for (const name of names) await ada.sends(room, '', [[name, PLAN]]);
  await bob.comesTo(room);
  for (const name of names) {
    const link = bob.page.getByRole('link', { name: `Download ${name}` });
    const [got] = await Promise.all([bob.page.waitForEvent('download'), link.click()]);
    assert.equal(got.suggestedFilename(), name);
    assert.deepEqual(await readFile(await got.path()), PLAN);
  }
  await bob.shows(bob.log.locator('.fcard').first(), /PDF · \d+ bytes/);
  assert.ok(bob.page.url().includes('/r/'), 'the page stays');
});

story('a film is sought in by parts, and so is sound', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Films');
  await ada.opens('/rooms');
  const film = Buffer.from(
    await ada.page.evaluate(async () => {
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: 320, height: 180 });
      const pen = canvas.getContext('2d');
      const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm;codecs=vp8' });
      const parts = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      const stopped = new Promise((done) => (recorder.onstop = done));
      recorder.start();
      for (let n = 0; n < 50; n++) {
        pen.fillStyle = `hsl(${n * 7} 60% 50%)`;
        pen.fillRect(0, 0, 320, 180);
        await new Promise((next) => requestAnimationFrame(next));
      }
      recorder.stop();
      await stopped;
      return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
    }),
  );
  await ada.sends(room, '', [['clip.webm', film]]);
  await ada.sends(room, '', [['tone.wav', wav(60)]]);
  const parts = [];
  bob.page.on('response', (answer) => new URL(answer.url()).pathname.startsWith('/files/') && parts.push(answer.status()));
  await bob.comesTo(room);
  const video = bob.page.getByLabel('Video clip.webm');
  await video.waitFor();
  assert.deepEqual(parts, [], 'nothing is fetched before somebody asks');
  const seek = (player, to) =>
    player.evaluate(async (one, time) => {
      const event = (name) => new Promise((done, failed) => ((one.onerror = () => failed(one.error.message)), one.addEventListener(name, done, { once: true })));
      const ready = one.readyState ? null : event('loadedmetadata');
      one.preload = 'auto';
      one.load();
      await ready;
      const there = event('seeked');
      one.currentTime = time;
      await there;
      return one.currentTime;
    }, to);
  assert.ok(Math.abs((await seek(video, 0.4)) - 0.4) < 0.2);
  assert.equal(Math.round(await seek(bob.page.getByLabel('Sound tone.wav'), 55)), 55);
  assert.ok(parts.length >= 2 && parts.every((status) => status === 206), parts.join());
});

story('what is said of files without words: in the list, to readers of the screen, in quotes and pins', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Words');
  await bob.comesTo(room);
  const plan = await ada.sends(room, '', [['plan.png', png(300, 200)]]);
  await until(() => bob.row(room).locator('.pv').textContent(), (text) => text === 'Ada: plan.png', 'the list');
  await bob.shows(bob.page.locator('#polite'), 'Ada Berg: Picture plan.png');
  const answer = await ada.says(room, 'this one', { reply_to: plan.id });
  await bob.shows(bob.byId(answer).locator('.q'), 'plan.png');
  await ada.asks('PUT', `/rooms/${room.id}/pins/${plan.id}`);
  await bob.shows(bob.page.locator('.pinbar'), 'Picture plan.png');
  await bob.button('Show all pinned messages').click();
  await bob.dialog.getByRole('button', { name: 'Open picture plan.png' }).waitFor();
  await bob.page.keyboard.press('Escape');
  // Answering with a file alone keeps what is answered in sight.
  const silent = await ada.sends(room, '', [['reply.txt', Buffer.from('words')]], { reply_to: answer.id });
  await bob.shows(bob.byId(silent).locator('.q'), 'this one');
  await bob.shows(bob.byId(silent), 'reply.txt');
});

story('the menu has a file downloaded, and one of several deleted for everybody', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Menu');
  const one = await ada.sends(room, '', [['one.pdf', PLAN]]);
  const two = await ada.sends(room, 'both', [['first.pdf', PLAN], ['second.pdf', PLAN]]);
  await Promise.all([ada.comesTo(room), bob.comesTo(room)]);
  const open = async (message, item) => {
    await ada.byId(message).hover();
    await ada.byId(message).getByRole('button', { name: 'More' }).click();
    const entry = ada.menu.getByRole('menuitem', { name: item });
    await entry.waitFor();
    return entry;
  };
  const [got] = await Promise.all([ada.page.waitForEvent('download'), (await open(one, 'Download')).click()]);
  assert.equal(got.suggestedFilename(), 'one.pdf');
  await (await open(two, '2 files…')).click();
  await ada.dialog.getByRole('button', { name: 'Delete first.pdf' }).click();
  await ada.page.getByRole('dialog', { name: 'Delete first.pdf?' }).getByRole('button', { name: 'Delete file' }).click();
  await until(() => bob.byId(two).locator('.fcard').allInnerTexts(), (cards) => cards.length === 1 && /second/.test(cards[0]), 'the other one is left');
  await bob.shows(bob.byId(two), 'both');
  // Bob may have them, and no more.
  await bob.byId(two).hover();
  await bob.byId(two).getByRole('button', { name: 'More' }).click();
  await bob.menu.getByRole('menuitem', { name: 'Download' }).waitFor();
  assert.equal(await bob.menu.getByRole('menuitem', { name: 'Delete message' }).count(), 0);
});

story('who is a member no longer has no picture', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Former', { kind: 'private' });
  const said = await ada.sends(room, '', [['secret.png', png(300, 200)]]);
  await bob.comesTo(room);
  await bob.byId(said).getByRole('img', { name: 'secret.png' }).waitFor();
  const { url } = said.files[0];
  assert.equal((await bob.context.request.get(bob.url + url)).status(), 200);
  // Whoever is put out of a room that they look at asks whether they may come back.
  bob.expect(answered(404));
  await ada.asks('DELETE', `/rooms/${room.id}/members/${bob.user.id}`);
  assert.equal((await bob.context.request.get(bob.url + url)).status(), 404);
});

story('a picture that cannot be had is a card', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Broken');
  const said = await ada.sends(room, '', [['gone.png', png(300, 200)]]);
  bob.expect(answered(404));
  await bob.page.route((url) => url.pathname === said.files[0].url, (route) => route.fulfill({ status: 404 }));
  await bob.comesTo(room);
  await bob.shows(bob.byId(said).locator('.fcard'), 'gone.png');
});

story('all of it on a phone, at the width of a watch, and for every eye', async (stage) => {
  const { ada, bob, room } = await pair(stage, 'Everything', { bob: device(PHONE) });
  await ada.sends(room, 'words', [['wide.png', png(1200, 400)]]);
  await ada.sends(room, '', [['tall.png', png(300, 900)]]);
  await ada.sends(room, '', Array.from({ length: 6 }, (_, at) => [`${at}.png`, png(200, 200, at * 60)]));
  await ada.sends(room, '', [['a name that is so long that nobody has ever read it to its end, final version 7.docx', PLAN], ['tone.wav', wav(2)]]);
  await ada.sends(room, '', [['voice.wav', wav(3), { duration_ms: 3000, waveform: WAVE }]]);
  await bob.comesTo(room);
  await bob.log.locator('.voice').waitFor();
  await bob.fits('390');
  assert.deepEqual(await inBothLooks(bob.page, 'files'), []);
  await bob.page.setViewportSize({ width: 320, height: 640 });
  await bob.fits('320');
  // A finger that rests on a picture opens what can be done with it, and not the picture.
  const picture = bob.log.getByRole('button', { name: 'Open picture tall.png' });
  await picture.scrollIntoViewIfNeeded();
  const { x, y } = await picture.boundingBox();
  const touch = await bob.context.newCDPSession(bob.page);
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + 40, y: y + 40 }] });
  await bob.menu.getByRole('menuitem', { name: 'Download' }).waitFor();
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  assert.equal(await bob.dialog.count(), 0);
  await bob.page.keyboard.press('Escape');
  await picture.tap();
  await bob.dialog.waitFor();
  await bob.dialog.getByRole('button', { name: 'Close' }).tap();
  await expectFocus(picture, 'the picture');
});
