// Two people in two windows: inviting, talking, and what each sees of the other.
import assert from 'node:assert/strict';
import { house, PASSWORD } from './support/house.mjs';
import { expectTitle, until } from './support/wait.mjs';

const { story } = house();

/** Counts frames in a page, and notes in which one a message arrived and in which it stood on the page. */
const countFrames = (context) =>
  context.addInitScript(() => {
    let frame = 0;
    const tick = () => (frame++, requestAnimationFrame(tick));
    requestAnimationFrame(tick);
    window.arrivals = {};
    const shown = () => {
      for (const [id, one] of Object.entries(window.arrivals))
        if (one.shown === null && document.querySelector(`article[data-id="${id}"]`)) one.shown = frame;
    };
    window.WebSocket = class extends WebSocket {
      constructor(...where) {
        super(...where);
        this.addEventListener('message', ({ data }) => {
          const told = JSON.parse(data);
          if (told.event === 'message.created' && told.data.kind === 'text') window.arrivals[told.data.id] = { arrived: frame, shown: null };
        });
      }
    };
    new MutationObserver(shown).observe(document, { childList: true, subtree: true });
  });

story('Ada invites Bob by a link and they talk', async ({ owner, visitor }) => {
  const ada = await owner();
  const general = await ada.makesRoom('General');
  await ada.comesTo(general);

  // The link, by the page.
  await ada.button('New room or message').click();
  await ada.page.getByRole('menuitem', { name: 'Invite people' }).click();
  const link = await ada.page.getByRole('textbox', { name: 'Invite link' }).innerText();
  await ada.button('Done').click();
  await ada.dialog.waitFor({ state: 'hidden' });

  const bob = await visitor();
  await countFrames(bob.context);
  await bob.page.goto(link);
  await bob.page.getByText('Ada Berg invited you.').waitFor();
  await expectTitle(bob.page, /Harbour Studio/);
  await bob.page.getByLabel('Your name').fill('Bob Larsen');
  assert.equal(await bob.page.getByLabel('Username').inputValue(), 'bob');
  await bob.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await bob.button('Make account').click();

  // The link named no room: Bob finds one himself.
  await bob.page.getByRole('heading', { name: 'Welcome to Harbour Studio' }).waitFor();
  await bob.page.locator('#main').getByRole('link', { name: 'Browse rooms' }).click();
  await bob.button('Join General').click();
  await bob.page.getByRole('heading', { name: 'General', level: 1 }).waitFor();
  await bob.composer.waitFor();
  bob.user = await bob.asks('GET', '/me');
  await ada.shows(ada.log, /Bob Larsen joined/);

  await ada.writes('Hello Bob');
  await bob.sees('Hello Bob');
  await bob.writes('Hello Ada');
  await ada.sees('Hello Ada');
  for (const text of ['one', 'two', 'three']) await ada.writes(text);
  await bob.sees('three');
  const words = ['Hello Bob', 'Hello Ada', 'one', 'two', 'three'];
  assert.deepEqual(await bob.reads(), words);
  assert.deepEqual(await ada.reads(), words);

  const frames = Object.values(await bob.page.evaluate(() => window.arrivals));
  assert.ok(frames.length >= 5, 'the arrivals were seen');
  for (const { arrived, shown } of frames) assert.ok(shown !== null && shown - arrived <= 1, `shown ${shown - arrived} frames later`);

  // One bubble after the other of one person: one group, one name.
  assert.equal(await bob.log.locator('.g').filter({ has: bob.page.locator('.b', { hasText: 'three' }) }).locator('article').count(), 3);
});

story('typing and presence show, in the room and in the list', async ({ owner, guest }) => {
  const ada = await owner();
  const harbour = await ada.makesRoom('Harbour');
  const other = await ada.makesRoom('Other');
  const bob = await guest('Bob Larsen', { rooms: [harbour, other] });
  const direct = await ada.asks('POST', '/directs', { users: [bob.user.id] });
  await ada.comesTo(harbour);
  const presence = ada.row(direct).locator('[data-presence]');
  assert.equal(await presence.getAttribute('data-presence'), 'offline');

  await bob.comesTo(harbour);
  await until(() => presence.getAttribute('data-presence'), (state) => state === 'active', 'Bob is there');

  await bob.composer.pressSequentially('Well');
  await ada.shows(ada.page.locator('.typing'), 'Bob is typing');
  await ada.goesTo(other);
  await ada.shows(ada.row(harbour), /typing/);
  // Sending ends it at once.
  await bob.composer.press('Enter');
  await until(() => ada.row(harbour).innerText(), (text) => !/typing/.test(text), 'the typing ends');

  await bob.goes();
  await until(() => presence.getAttribute('data-presence'), (state) => state === 'offline', 'Bob is gone');
});

story('what is unread is told by dot, count, title and line, and reading clears it', async ({ owner, guest }) => {
  const ada = await owner();
  const quiet = await ada.makesRoom('Quiet');
  const busy = await ada.makesRoom('Busy');
  const bob = await guest('Bob Larsen', { rooms: [quiet, busy] });
  const direct = await ada.asks('POST', '/directs', { users: [bob.user.id] });
  await ada.says(busy, 'read already');
  const old = await ada.says(busy, 'this too');
  await bob.asks('POST', `/rooms/${busy.id}/read`, { up_to: old.id });
  await bob.comesTo(quiet);
  await expectTitle(bob.page, /^Quiet · Harbour Studio$/);

  await ada.says(busy, 'first new');
  await ada.says(busy, 'second new');
  await bob.shows(bob.row(busy), /unread/);
  await bob.row(busy).locator('.dot').waitFor();
  await expectTitle(bob.page, /^\(1\) Quiet · Harbour Studio$/);
  assert.match(await bob.page.locator('#icon').getAttribute('href'), /favicon-unread/);

  // A mention is counted, and so is everything in a direct.
  await ada.says(busy, `@${bob.user.username} look`);
  await bob.shows(bob.row(busy).locator('.badge'), '1');
  await bob.shows(bob.row(busy), '1 mention');
  await ada.says(direct, 'psst');
  await ada.says(direct, 'are you there?');
  await bob.shows(bob.row(direct), '2 new messages');
  await expectTitle(bob.page, /^\(3\) /);
  assert.match(await bob.page.locator('#icon').getAttribute('href'), /favicon-ember/);

  await bob.goesTo(busy);
  const line = bob.page.getByRole('separator', { name: 'New messages' });
  await line.waitFor();
  // It stands between what was read and what was not.
  const order = await bob.log.evaluate((log) =>
    [...log.querySelectorAll('.newline, article .b')].map((one) => (one.matches('.newline') ? '—' : one.innerText.trim())),
  );
  assert.equal(order.indexOf('—'), order.indexOf('first new') - 1);
  assert.equal(order[order.indexOf('—') - 1], 'this too');
  await bob.message('look').and(bob.page.locator('.hit')).waitFor();

  // A second of looking, and it is read, here and on the server; the line stays where it was.
  await bob.row(busy).locator('.badge').waitFor({ state: 'detached' });
  await expectTitle(bob.page, /^\(2\) Busy/);
  await until(() => bob.asks('GET', `/rooms/${busy.id}`), (room) => room.me.unread === 0, 'read on the server');
  await line.waitFor();

  await bob.goesTo(direct);
  await bob.sees('are you there?');
  await expectTitle(bob.page, /^Ada Berg · Harbour Studio$/);
  await bob.goesTo(busy);
  assert.equal(await line.count(), 0, 'the line is gone after the room was left');
});

story('a direct of two is a conversation of its own', async ({ owner, guest }) => {
  const ada = await owner();
  const nils = await guest('Nils Falk');
  const stranger = await guest('Sara Ost');
  await ada.opens();
  await ada.isOnline();
  await ada.button('New direct message').click();
  await ada.dialog.getByRole('combobox').fill('nils');
  await ada.dialog.getByRole('option', { name: nils.user.username }).click();
  await ada.button('Start').click();
  await ada.page.getByRole('heading', { name: 'Nils Falk', level: 1 }).waitFor();
  await ada.writes('Only you can read this');
  await nils.opens();
  await nils.sees('Only you can read this');
  await nils.writes('Thanks');
  await ada.sees('Thanks');
  await stranger.opens();
  await stranger.page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await stranger.page.getByText('Only you').count(), 0);
});

story('two windows of one person agree', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Both windows');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  const second = await owner();
  await ada.comesTo(room);
  await second.comesTo(room);
  await ada.writes('from the first');
  await second.sees('from the first');
  await second.writes('from the second');
  await ada.sees('from the second');
  assert.equal((await ada.reads()).length, 2);
  assert.equal((await second.reads()).length, 2);
  await second.goesTo(await ada.makesRoom('Elsewhere'));
  await bob.says(room, 'news');
  // Read in the first window, so nothing waits in the second.
  await ada.sees('news');
  await until(() => second.row(room).locator('.dot').count(), (count) => count === 0, 'read in both');
});
