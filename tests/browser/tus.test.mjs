// A judge from outside: tus-js-client, as its registry has it, uploads to the server unchanged.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import * as tus from 'tus-js-client';
import { PASSWORD } from './support/house.mjs';
import { Server } from './support/server.mjs';

const MEBIBYTE = 1024 * 1024;
let server, room, cookie;

before(async () => {
  server = await Server.start({ SNUG_SERVER__TLS: 'off' });
  const code = server.setupLink.split('#')[1];
  const answer = await asks('POST', '/setup', { code, username: 'ada', password: PASSWORD });
  cookie = answer.headers.get('set-cookie').split(';')[0];
  room = await (await asks('POST', '/rooms', { name: 'Harbour', kind: 'public' })).json();
});
after(() => server?.stop());

/** Asks the API as Ada. */
async function asks(method, path, body) {
  const headers = { origin: server.url, 'content-type': 'application/json', ...(cookie && { cookie }) };
  const answer = await fetch(`${server.url}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer;
}

/** A line to the server that breaks when so many bytes in all went through it, at each number. @param {number[]} cuts */
async function frailLine(cuts) {
  const left = [...cuts];
  const ends = new Set();
  let passed = 0;
  const line = createServer((near) => {
    ends.add(near);
    const far = connect(server.port, '127.0.0.1');
    near.on('data', (bytes) => {
      const room = Math.max((left[0] ?? Infinity) - passed, 0);
      far.write(bytes.subarray(0, room));
      passed += Math.min(bytes.length, room);
      if (bytes.length < room) return;
      left.shift();
      near.destroy();
      far.end();
    });
    far.on('data', (bytes) => near.writable && near.write(bytes));
    near.on('close', () => far.end()).on('error', () => {});
    far.on('close', () => near.destroy()).on('error', () => {});
  });
  await new Promise((done) => line.listen(0, '127.0.0.1', done));
  // A client keeps its connection for later, and the line would wait for it.
  const closes = () => new Promise((done) => (line.close(done), ends.forEach((end) => end.destroy())));
  return { url: `http://127.0.0.1:${line.address().port}`, left, closes };
}

/** Uploads as any program with this client does. @returns {Promise<{file: string, retries: number, url: string}>} */
function uploads(bytes, { url = server.url, ...more } = {}) {
  return new Promise((done, failed) => {
    let [file, retries] = [null, 0];
    const upload = new tus.Upload(bytes, {
      endpoint: `${url}/api/v1/rooms/${room.id}/uploads`,
      headers: { cookie, origin: url },
      retryDelays: [10, 100, 300, 1000, 1000],
      metadata: { filename: 'harbour plan.bin', filetype: 'application/pdf' },
      onShouldRetry: () => (retries += 1) > 0,
      onAfterResponse: (request, answer) => (file = answer.getHeader('Snug-File') ?? file),
      onError: failed,
      onSuccess: () => done({ file, retries, url: upload.url }),
      ...more,
    });
    upload.start();
  });
}

/** The bytes of a file are these. */
async function holds(id, bytes) {
  const file = await (await asks('GET', `/files/${id}`)).json();
  assert.equal(file.name, 'harbour plan.bin');
  assert.equal(file.size, bytes.length);
  assert.equal(file.type, 'application/octet-stream', 'whatever the client claims');
  const answer = await fetch(server.url + file.url, { headers: { cookie } });
  const sum = (data) => createHash('sha256').update(data).digest('hex');
  const found = Buffer.from(await answer.arrayBuffer());
  assert.equal(found.length, bytes.length);
  assert.equal(sum(found), sum(bytes));
}

test('a file in one go, in parts, and of unknown length', async () => {
  const bytes = randomBytes(3 * MEBIBYTE + 17);
  const whole = await uploads(bytes);
  await holds(whole.file, bytes);
  const parts = await uploads(bytes, { chunkSize: 700_001 });
  await holds(parts.file, bytes);
  const unknown = await uploads(bytes, { chunkSize: MEBIBYTE, uploadLengthDeferred: true });
  await holds(unknown.file, bytes);
  const together = await uploads(bytes, { uploadDataDuringCreation: true });
  await holds(together.file, bytes);
});

test('a line that breaks at 1, 50 and 99 percent', async () => {
  const bytes = randomBytes(8 * MEBIBYTE);
  const line = await frailLine([0.01, 0.5, 0.99].map((part) => Math.round(bytes.length * part)));
  const { file, retries } = await uploads(bytes, { url: line.url });
  assert.deepEqual(line.left, [], 'it broke as often as it should');
  assert.ok(retries >= 3, `${retries} retries`);
  await holds(file, bytes);
  await line.closes();
});

test('a server that is killed in the middle', async () => {
  const bytes = randomBytes(12 * MEBIBYTE);
  let killed;
  const { file } = await uploads(bytes, {
    chunkSize: MEBIBYTE,
    onChunkComplete: (size, accepted) => {
      if (accepted >= 6 * MEBIBYTE) killed ??= server.kill().then(() => server.again());
    },
  });
  await killed;
  await holds(file, bytes);
});

test('one that is not wanted any more is gone', async () => {
  const bytes = randomBytes(2 * MEBIBYTE);
  let upload;
  await new Promise((done, failed) => {
    upload = new tus.Upload(bytes, {
      endpoint: `${server.url}/api/v1/rooms/${room.id}/uploads`,
      headers: { cookie, origin: server.url },
      chunkSize: MEBIBYTE,
      onError: failed,
      onChunkComplete: () => upload.abort(true).then(done, failed),
    });
    upload.start();
  });
  const answer = await fetch(upload.url, { headers: { cookie } });
  assert.equal(answer.status, 404);
});
