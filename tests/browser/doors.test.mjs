// Rooms that close while one looks at them, rooms that never were, and pages of other origins.
import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { house } from './support/house.mjs';
import { answered } from './support/browser.mjs';
import { until } from './support/wait.mjs';

const { story, home } = house();

story('Bob is removed from the room he looks at', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Board', { kind: 'private' });
  const bob = await guest('Bob Larsen', { rooms: [room] });
  const frames = [];
  bob.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(JSON.parse(payload))));
  await bob.comesTo(room);
  await ada.says(room, 'Bob still hears this');
  await bob.sees('Bob still hears this');
  bob.expect(answered(404));

  // Ada does it by the page.
  await ada.comesTo(room);
  await ada.button('Room details').click();
  await ada.button('Actions for Bob Larsen').click();
  await ada.page.getByRole('menuitem', { name: 'Remove from room' }).click();
  await ada.page.getByRole('dialog', { name: 'Remove Bob Larsen?' }).getByRole('button', { name: 'Remove' }).click();
  await ada.shows(ada.log, /Bob Larsen was removed by Ada Berg/);

  await bob.page.getByRole('heading', { name: 'This room is gone or private' }).waitFor();
  assert.equal(await bob.composer.count(), 0);
  assert.equal(await bob.row(room).count(), 0);
  assert.ok(!(await bob.page.locator('#app').innerText()).includes('Bob still hears this'), 'the words are gone from the page');
  await ada.says(room, 'now we can talk');
  const elsewhere = await ada.makesRoom('Open sea', { members: [bob] });
  await bob.row(elsewhere).waitFor();
  const own = frames.findIndex(({ event, data, room: at }) => event === 'member.left' && at === room.id && data.user === bob.user.id);
  assert.ok(own >= 0, 'his own leaving was told');
  assert.deepEqual(frames.slice(own + 1).filter(({ room: at }) => at === room.id), [], 'and nothing of the room after it');
  await bob.page.getByRole('link', { name: 'Back to your chats' }).click();
  await bob.page.getByRole('heading', { name: 'Open sea', level: 1 }).waitFor();
});

story('an invitation that was used up leads on: members to their rooms', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Harbour');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  bob.expect(answered(404));
  await bob.opens('/j/usedupusedup');
  await bob.page.getByRole('heading', { name: 'This link no longer works' }).waitFor();
  await bob.page.getByRole('button', { name: /^Go on to / }).click();
  await bob.row(room).waitFor();
});

story('a private room and one that never was look alike, a public one has a front door', async ({ owner, guest }) => {
  const ada = await owner();
  const secret = await ada.makesRoom('Secret plans', { kind: 'private' });
  const open = await ada.makesRoom('Open house', { topic: 'Come in' });
  const bob = await guest('Bob Larsen');
  bob.expect(answered(404));
  const looks = [];
  for (const id of [secret.id, 987654321]) {
    await bob.opens(`/r/${id}`);
    await bob.page.getByRole('heading', { name: 'This room is gone or private' }).waitFor();
    looks.push(await bob.page.locator('main').innerText());
  }
  assert.equal(looks[0], looks[1]);
  await bob.opens(`/r/${open.id}`);
  await bob.page.getByText('Come in').waitFor();
  await bob.button('Join Open house').click();
  await bob.composer.waitFor();
});

story('a room that is archived or deleted under the eyes', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Season');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await bob.comesTo(room);
  bob.expect(answered(404));
  await ada.asks('PATCH', `/rooms/${room.id}`, { archived: true });
  await bob.page.getByText('This room is archived').waitFor();
  assert.equal(await bob.composer.count(), 0);
  await ada.asks('PATCH', `/rooms/${room.id}`, { archived: false });
  await bob.composer.waitFor();
  await ada.asks('DELETE', `/rooms/${room.id}`);
  await bob.page.getByRole('heading', { name: 'This room is gone or private' }).waitFor();
});

story('a page of another origin can do nothing with the cookie', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Castle');
  // The same host and a certificate that the browser takes: by its cookie rules this page is of the same site.
  const evil = createServer(await home.server.certificate(), (_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html' });
    answer.end('<!doctype html><title>Win a boat</title><iframe name="sink"></iframe>');
  });
  await new Promise((done) => evil.listen(0, '127.0.0.1', done));
  try {
    const here = await ada.context.newPage();
    const there = await ada.context.newPage();
    await here.goto(`${ada.url}/settings`);
    await there.goto(`https://127.0.0.1:${evil.address().port}/`);
    ada.expect(/blocked by CORS/, /WebSocket connection to .* failed/, answered(403), /ERR_FAILED/, /ERR_BLOCKED_BY_RESPONSE/, /Refused to display/, /X-Frame-Options/, /frame-ancestors/);

    const opens = (page) =>
      page.evaluate(
        (url) =>
          new Promise((done) => {
            const socket = new WebSocket(url);
            socket.onmessage = ({ data }) => (done(JSON.parse(data).type), socket.close());
            socket.onclose = ({ code }) => done(`closed ${code}`);
          }),
        `${ada.url.replace('https', 'wss')}/api/v1/ws`,
      );
    assert.equal(await opens(here), 'hello');
    assert.equal(await opens(there), 'closed 1006');

    // What really went over the wire: of a refused answer a page of another origin, and so the driver, learns nothing.
    const wire = await ada.context.newCDPSession(there);
    const sentCookies = new Map();
    const answers = [];
    wire.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => sentCookies.set(requestId, headers.Cookie ?? headers.cookie ?? ''));
    wire.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => answers.push({ status: statusCode, cookie: sentCookies.get(requestId) }));
    await wire.send('Network.enable');
    const refusal = async (act) => {
      answers.length = 0;
      await act();
      await until(() => answers.length, (count) => count > 0, 'the server answered');
      return answers[0];
    };

    const send = (page, text, type) =>
      page.evaluate(
        ([url, body, kind]) =>
          fetch(url, { method: 'POST', credentials: 'include', mode: kind === 'text/plain' ? 'no-cors' : 'cors', headers: { 'content-type': kind }, body }).then(
            ({ status }) => status,
            () => 'failed',
          ),
        [`${ada.url}/api/v1/rooms/${room.id}/messages`, JSON.stringify({ text }), type],
      );
    assert.equal(await send(here, 'from my own page', 'application/json'), 201);
    const refused = await refusal(() => send(there, 'from a thief', 'text/plain'));
    assert.match(refused.cookie, /__Host-snug=/, 'the browser did send the cookie');
    assert.equal(refused.status, 403);

    // JSON needs a preflight, which is not granted; reading is not either.
    const asked = await there.evaluate(async (url) => {
      const ask = (path, options) =>
        fetch(url + path, { credentials: 'include', ...options }).then(
          (answer) => answer.status,
          () => 'refused',
        );
      return [
        await ask('/api/v1/me'),
        await ask('/api/v1/sync'),
        await ask('/api/v1/rooms', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"x","kind":"public"}' }),
        await ask('/api/v1/auth/sessions', { method: 'DELETE' }),
      ];
    }, ada.url);
    assert.deepEqual(asked, ['refused', 'refused', 'refused', 'refused']);
    assert.equal(await here.evaluate(() => fetch('/api/v1/me').then(({ status }) => status)), 200);

    // A form needs no permission to be sent. It is refused all the same.
    const byForm = await refusal(() =>
      there.evaluate(
        ([url]) => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action: url, enctype: 'text/plain', target: 'sink' });
        const field = Object.assign(document.createElement('input'), { name: '{"text":"by a form","x', value: '":1}' });
        form.append(field);
        document.body.append(form);
        form.submit();
      },
        [`${ada.url}/api/v1/rooms/${room.id}/messages`],
      ),
    );
    assert.equal(byForm.status, 403);

    // Nor can it be put into a frame.
    const framed = await there.evaluate(async (url) => {
      const frame = document.createElement('iframe');
      frame.src = url;
      const loaded = new Promise((done) => (frame.onload = done));
      document.body.append(frame);
      await loaded;
      return frame.contentDocument === null;
    }, ada.url);
    assert.ok(framed);
    const inside = there.frames().at(-1);
    assert.equal(await inside.locator('#app').count().catch(() => 0), 0);

    const { messages } = await ada.asks('GET', `/rooms/${room.id}/messages`);
    assert.deepEqual(messages.filter(({ kind }) => kind === 'text').map(({ text }) => text), ['from my own page']);
    await until(() => here.title(), (title) => title.includes('Settings'), 'the own page is well');
  } finally {
    evil.close();
    evil.closeAllConnections();
  }
});
