// Pictures large: by keys, by fingers, and back to where one was.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { device, inBothLooks } from './support/axe.mjs';
import { DESKTOP, PHONE } from './support/browser.mjs';
import { png } from './support/samples.mjs';
import { expectFocus, until } from './support/wait.mjs';

const { story } = house();

/** Three messages with five pictures, and somebody who looks at them. */
async function gallery({ owner, guest }, name, options = DESKTOP) {
  const ada = await owner();
  const room = await ada.makesRoom(name);
  const bob = await guest('Bob Larsen', { rooms: [room], device: options });
  const first = await ada.sends(room, '', [['one.png', png(800, 600)]]);
  await ada.sends(room, 'two of them', [['two.png', png(600, 800, 90)], ['three.png', png(700, 700, 150)]]);
  const last = await ada.sends(room, '', [['four.png', png(1600, 900, 220)], ['five.png', png(300, 300, 300)]]);
  // The words by which `comesTo` knows the page are English.
  if (options.locale) await bob.opens(`/r/${room.id}`);
  else await bob.comesTo(room);
  const picture = (which) => bob.log.getByRole('button', { name: `Open picture ${which}.png` });
  const place = (text) => bob.shows(bob.dialog, text);
  return { ada, bob, room, first, last, picture, place };
}

story('by keys: forth and back, to both ends, larger and smaller, and back to the picture', async (stage) => {
  const { bob, picture, place } = await gallery(stage, 'Keys', device(DESKTOP));
  const { keyboard } = bob.page;
  await picture('two').focus();
  await keyboard.press('Enter');
  await place('2 of 5');
  await bob.dialog.getByRole('img', { name: 'two.png' }).waitFor();
  for (const [key, at] of [['ArrowRight', '3 of 5'], ['ArrowLeft', '2 of 5'], ['End', '5 of 5'], ['ArrowRight', '5 of 5'], ['Home', '1 of 5'], ['ArrowLeft', '1 of 5']]) {
    await keyboard.press(key);
    await place(at);
  }
  await until(() => bob.dialog.getByRole('img', { name: 'one.png' }).evaluate((one) => one.complete && one.naturalWidth), Boolean, 'the picture is there');
  const scale = () => bob.dialog.locator('.lbf').evaluate((one) => new DOMMatrix(getComputedStyle(one).transform).a);
  await keyboard.press('+');
  await until(scale, (by) => Math.abs(by - 1.5) < 0.01, 'larger');
  await keyboard.press('+');
  await keyboard.press('+');
  const before = await bob.dialog.locator('.lbf').boundingBox();
  await keyboard.press('ArrowRight');
  await until(async () => (await bob.dialog.locator('.lbf').boundingBox()).x, (x) => x < before.x, 'what is further right');
  await place('1 of 5');
  await keyboard.press('-');
  await keyboard.press('0');
  await until(scale, (by) => by === 1, 'all of it again');
  assert.deepEqual(await inBothLooks(bob.page, 'lightbox'), []);
  await keyboard.press('Escape');
  await bob.dialog.waitFor({ state: 'detached' });
  await expectFocus(picture('two'), 'the picture that was opened');
});

story('by mouse: buttons, wheel, two clicks, and beside the picture', async (stage) => {
  const { bob, picture, place, first } = await gallery(stage, 'Mouse');
  await picture('one').click();
  await place('1 of 5');
  await bob.button('Next picture').click();
  await place('2 of 5');
  await bob.button('Previous picture').click();
  assert.ok(await bob.button('Previous picture').isDisabled());
  const frame = bob.dialog.locator('.lbf');
  const scale = () => frame.evaluate((one) => new DOMMatrix(getComputedStyle(one).transform).a);
  const { x, y, width, height } = await frame.boundingBox();
  await bob.page.mouse.move(x + width / 4, y + height / 4);
  await bob.page.mouse.wheel(0, -300);
  await until(scale, (by) => by > 1.2, 'larger by the wheel');
  await bob.page.mouse.dblclick(x + width / 4, y + height / 4);
  await until(scale, (by) => by === 1, 'all of it again');
  await bob.page.mouse.dblclick(x + width / 4, y + height / 4);
  await until(scale, (by) => by === 2.5, 'nearer');
  await bob.page.keyboard.press('0');
  const [got] = await Promise.all([bob.page.waitForEvent('download'), bob.dialog.getByRole('link', { name: 'Download' }).click()]);
  assert.equal(got.suggestedFilename(), 'one.png');
  await bob.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await bob.dialog.getByRole('button', { name: 'Copy link' }).click();
  await until(() => bob.page.evaluate(() => navigator.clipboard.readText()), (text) => text.endsWith(`/${first.id}`), 'the link');
  await bob.page.mouse.click(x - 40, y + height / 2);
  await bob.dialog.waitFor({ state: 'detached' });
});

story('by fingers: a swipe goes on, two fingers zoom, and down is away', async (stage) => {
  const { bob, picture, place } = await gallery(stage, 'Fingers', PHONE);
  await picture('four').tap();
  await place('4 of 5');
  await bob.dialog.getByRole('img', { name: 'four.png' }).waitFor();
  await bob.fits('the lightbox on a phone');
  const touch = await bob.context.newCDPSession(bob.page);
  const fingers = (type, ...points) => touch.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const swipe = async ([fromX, fromY], [toX, toY]) => {
    await fingers('touchStart', [fromX, fromY]);
    for (let step = 1; step <= 5; step++) await fingers('touchMove', [fromX + ((toX - fromX) * step) / 5, fromY + ((toY - fromY) * step) / 5]);
    await fingers('touchEnd');
  };
  await swipe([300, 400], [90, 410]);
  await place('5 of 5');
  await swipe([90, 400], [300, 410]);
  await place('4 of 5');
  // Too short to be meant.
  await swipe([200, 400], [170, 400]);
  await place('4 of 5');
  await fingers('touchStart', [170, 400], [220, 400]);
  await fingers('touchMove', [120, 400], [270, 400]);
  await fingers('touchEnd');
  const scale = () => bob.dialog.locator('.lbf').evaluate((one) => new DOMMatrix(getComputedStyle(one).transform).a);
  await until(scale, (by) => by > 2, 'larger by two fingers');
  await place('4 of 5');
  await bob.page.touchscreen.tap(195, 400);
  await bob.page.touchscreen.tap(195, 400);
  await until(scale, (by) => by === 1, 'all of it again by two taps');
  await swipe([195, 300], [200, 520]);
  await bob.dialog.waitFor({ state: 'detached' });
  await expectFocus(picture('four'), 'the picture');
});

story('from right to left the arrows and the fingers go the other way', async (stage) => {
  const { bob, place } = await gallery(stage, 'Rightwards', { ...DESKTOP, locale: 'ar' });
  await bob.page.locator('.pic').first().click();
  await place('1 من 5');
  await bob.page.keyboard.press('ArrowLeft');
  await place('2 من 5');
  await bob.page.keyboard.press('ArrowRight');
  await place('1 من 5');
});

story('the way from a picture to its message', async (stage) => {
  const { bob, picture, place, last } = await gallery(stage, 'Ways');
  await picture('one').click();
  await place('1 of 5');
  await bob.page.keyboard.press('End');
  await place('5 of 5');
  await bob.dialog.getByRole('button', { name: 'Go to message' }).click();
  await bob.dialog.waitFor({ state: 'detached' });
  await expectFocus(bob.byId(last), 'the message');
});
