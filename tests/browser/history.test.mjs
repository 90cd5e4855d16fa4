// Long conversations: paging both ways without moving what is being read.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

/** A conversation of two, with texts of different heights. */
async function fill(ada, bob, room, count) {
  const text = (n) => `${n}: ${'words of very different lengths '.repeat((n * 7) % 23)}`;
  // In order, but without waiting for each: one connection answers one after the other.
  for (let n = 1; n <= count; n += 1) await (n % 3 ? ada : bob).says(room, text(n));
}

const ids = (person) => person.log.locator('article[data-id]').evaluateAll((all) => all.map((one) => Number(one.dataset.id)));

/**
 * Scrolls to a place, looks at the message in the middle, and follows it through every frame until the other messages have changed.
 * @returns {Promise<{moved: number, first: number, last: number, count: number}>} the most that it moved, in px
 */
const scrollAndWatch = (person, to) =>
  person.log.evaluate(async (log, to) => {
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    const all = () => [...log.querySelectorAll('article[data-id]')];
    const edges = () => `${all()[0].dataset.id} ${all().at(-1).dataset.id}`;
    const before = edges();
    log.scrollTop = to === 'up' ? Math.min(log.scrollTop, log.clientHeight) : log.scrollHeight - 2 * log.clientHeight;
    const box = log.getBoundingClientRect();
    const eye = all().find((one) => one.getBoundingClientRect().bottom > box.top + box.height / 2);
    const place = eye.getBoundingClientRect().top;
    let moved = 0;
    let after = 0;
    const look = () => (moved = Math.max(moved, Math.abs(eye.getBoundingClientRect().top - place)));
    // Only the frames count: between them nobody sees anything.
    const end = performance.now() + 5000;
    while (after < 8 && performance.now() < end) {
      await frame();
      look();
      if (edges() !== before) after++;
    }
    const shown = all();
    return { changed: edges() !== before, kept: eye.isConnected, moved, first: Number(shown[0].dataset.id), last: Number(shown.at(-1).dataset.id), count: shown.length };
  }, to);

/** Scrolls up, and waits until the page has noticed. @returns {Promise<number>} where it is then */
const scrollUp = (person, by) =>
  person.log.evaluate(async (log, by) => {
    log.scrollTop -= by;
    for (let frames = 0; frames < 2; frames++) await new Promise((next) => requestAnimationFrame(next));
    return log.scrollTop;
  }, by);

story('400 messages, up and down', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Archive');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await fill(ada, bob, room, 400);
  const all = [];
  for (let before = ''; ; before = `&before=${all[0].id}`) {
    const page = await ada.asks('GET', `/rooms/${room.id}/messages?limit=200${before}`);
    all.unshift(...page.messages);
    if (!page.has_before) break;
  }
  const expected = all.filter(({ kind }) => kind === 'text').map(({ id }) => id);
  assert.equal(expected.length, 400);

  await bob.hasRead(room);
  await bob.comesTo(room);
  await bob.byId(expected.at(-1)).waitFor();
  await until(() => bob.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight), (left) => left < 2, 'it opens at the end');

  // Up to the first message.
  let most = 0;
  for (let turns = 0; turns < 40; turns++) {
    const { moved, changed, kept, first, count } = await scrollAndWatch(bob, 'up');
    assert.ok(changed, `older messages come (${count} shown)`);
    assert.ok(kept, 'what is read stays');
    assert.ok(moved < 2, `what is read moved by ${moved} px on the way up`);
    most = Math.max(most, count);
    assert.ok(count <= 300, `${count} rows`);
    if (first === expected[0]) break;
  }
  assert.ok(most > 250, 'many are kept');
  let shown = await ids(bob);
  assert.equal(shown[0], expected[0]);
  assert.deepEqual(shown, expected.slice(0, shown.length), 'without a hole or a repeat');
  await bob.page.getByText('This is the start of Archive').waitFor({ state: 'attached' });

  // While one is up there a new message moves nothing and is told.
  const before = await bob.log.evaluate((log) => log.scrollTop);
  await ada.says(room, 'news from the present');
  await bob.page.getByRole('button', { name: '1 new message' }).waitFor();
  assert.equal(await bob.log.evaluate((log) => log.scrollTop), before);

  // And down again.
  for (let turns = 0; turns < 40; turns++) {
    const { moved, changed, kept, last, count } = await scrollAndWatch(bob, 'down');
    if (!changed) break;
    assert.ok(kept, 'what is read stays');
    assert.ok(moved < 2, `what is read moved by ${moved} px on the way down`);
    assert.ok(count <= 300, `${count} rows`);
    if (last > expected.at(-1)) break;
  }
  shown = await ids(bob);
  assert.deepEqual(shown.slice(0, -1), expected.slice(-(shown.length - 1)));

  // From the top to the present in one step.
  await bob.comesTo(room, expected[0]);
  await bob.page.getByRole('button', { name: /Jump to present|new message/ }).click();
  await bob.sees('news from the present');
  await until(() => bob.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight), (left) => left < 2, 'at the end');
});

story('new messages follow at the end and leave the reader alone elsewhere', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Stream');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await fill(ada, bob, room, 40);
  await bob.hasRead(room);
  await bob.comesTo(room);
  const left = () => bob.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
  await until(left, (px) => px < 2, 'at the end');
  await ada.says(room, 'a new one\n\nof three\n\nlines');
  await bob.sees('a new one');
  await until(left, (px) => px < 2, 'it followed');

  const place = await scrollUp(bob, 700);
  await ada.says(room, 'another one');
  await bob.page.getByRole('button', { name: /^[12] new messages?$/ }).waitFor();
  assert.ok(Math.abs((await bob.log.evaluate((log) => log.scrollTop)) - place) < 2);
  // One's own is always shown.
  await bob.writes('my own');
  await until(left, (px) => px < 2, 'one’s own message is in sight');

  // Deleting and editing above the eye does not move it either.
  const above = (await ada.asks('GET', `/rooms/${room.id}/messages?limit=200`)).messages.filter(({ user, kind }) => kind === 'text' && user === ada.user.id);
  await scrollUp(bob, 900);
  const moved = bob.log.evaluate(async (log) => {
    const box = log.getBoundingClientRect();
    const eye = [...log.querySelectorAll('article[data-id]')].find((one) => one.getBoundingClientRect().bottom > box.top + box.height / 2);
    const place = eye.getBoundingClientRect().top;
    let most = 0;
    const end = performance.now() + 5000;
    while (!document.querySelector('.gone') && performance.now() < end) {
      await new Promise((next) => requestAnimationFrame(next));
      most = Math.max(most, Math.abs(eye.getBoundingClientRect().top - place));
    }
    return most;
  });
  await ada.asks('PATCH', `/rooms/${room.id}/messages/${above[0].id}`, { text: 'much longer\n\n'.repeat(8) });
  await ada.asks('DELETE', `/rooms/${room.id}/messages/${above[1].id}`);
  assert.ok((await moved) < 2, `moved by ${await moved} px`);
});

story('a room with unread messages opens where reading ended', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Monday');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await fill(ada, ada, room, 30);
  await bob.hasRead(room);
  await fill(ada, ada, room, 90);
  await bob.comesTo(room);
  const line = bob.page.getByRole('separator', { name: 'New messages' });
  await line.waitFor();
  const third = await line.evaluate((one) => {
    const box = one.closest('.scroll').getBoundingClientRect();
    return (one.getBoundingClientRect().top - box.top) / box.height;
  });
  assert.ok(third > 0.15 && third < 0.5, `the line stands at the upper third: ${third}`);
  // Only what was on the screen is read, not the ninety.
  await until(() => bob.asks('GET', `/rooms/${room.id}`), ({ me }) => me.unread < 90, 'some of it is read');
  assert.ok((await bob.asks('GET', `/rooms/${room.id}`)).me.unread > 60);
  // Esc reads all and goes to the end.
  await bob.composer.focus();
  await bob.page.keyboard.press('Escape');
  await until(() => bob.asks('GET', `/rooms/${room.id}`), ({ me }) => me.unread === 0, 'all is read');
  await until(() => bob.log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight), (px) => px < 2, 'at the end');
});
