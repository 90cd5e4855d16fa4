// Sends bytes to the server in pieces, and goes on where a lost connection broke off (tus 1.0).
import { api, ApiError } from '../api.js';

/** What is smaller is sent in one go. */
const SMALL = 512 * 1024;
const PIECE = 8 * 1024 * 1024;
const LONGEST_WAIT = 30_000;
/** A connection that went without a word still holds its upload for a while on the server. */
const STUBBORN = 9;
const BASE = '/api/v1';
const TUS = { 'tus-resumable': '1.0.0' };

/**
 * @typedef {{room: number, name: string, blob: Blob, duration_ms: number|null, waveform: number[]|null, location: string|null}} Sending
 * @typedef {{progress: (bytes: number) => void, waits: (waiting: boolean) => void, located: (location: string) => void, signal: AbortSignal}} Told
 */

/**
 * Sends all of it, however often the connection breaks.
 * @param {Sending} what `location` is where an earlier visit got to
 * @param {Told} told
 * @returns {Promise<any>} the file as the server tells of it; rejects with an ApiError when the server does not want it, or when `signal` says so
 */
export function upload(what, told) {
  let { location } = what;
  return insist(async (well) => {
    if (!location && what.blob.size <= SMALL) return whole(what, told);
    const known = location && (await where(location, told.signal));
    if (known?.file) return fileOf(known.file);
    if (!known) {
      location = await begin(what, told.signal);
      told.located(location);
    }
    for (let offset = known?.offset ?? 0; ; ) {
      told.waits(false);
      told.progress(offset);
      const answer = await piece(location, what.blob, offset, told);
      if (answer.file) return fileOf(answer.file);
      well();
      offset = answer.offset;
    }
  }, told);
}

const fileOf = (id) => api('GET', `/files/${id}`);

/** Gives a file its small picture. One that the server does not want is done without. @param {any} file @param {Blob} thumb @param {Told} told @returns {Promise<any>} the file as it is then */
export async function withThumb(file, thumb, told) {
  try {
    return await insist(async () => JSON.parse((await request('PUT', `/files/${file.id}/thumb`, { 'content-type': thumb.type }, thumb, null, told.signal)).responseText), told);
  } catch {
    told.signal.throwIfAborted();
    return file;
  }
}

/** Takes back what was sent so far; nobody waits for it. @param {string|null} location @param {string} [file] its id, when it was whole */
export function giveUp(location, file) {
  const path = file ? `${BASE}/files/${file}` : location;
  if (path) fetch(path, { method: 'DELETE', headers: TUS, keepalive: true }).catch(() => {});
}

/** Tries until it goes well or cannot; `well` says that it got somewhere. @param {(well: () => void) => Promise<any>} run @param {Told} told */
async function insist(run, { waits, signal }) {
  for (let failures = 0; ; failures++) {
    try {
      return await run(() => (failures = 0));
    } catch (error) {
      signal.throwIfAborted();
      if (!mayHelp(error, failures)) throw error;
      // Somebody who is signed out is told so.
      if (error.status === 401) api('GET', '/me').catch(() => {});
      waits(true);
      await rest(error, failures, signal);
    }
  }
}

/** Whether the same may go well a little later. What the server refuses again and again it means. */
const mayHelp = ({ status, code }, failures) =>
  status === 0 || status === 401 || (status >= 500 && status !== 507) || (status === 429 && code !== 'too_many_uploads') || ([408, 409, 423, 460].includes(status) && failures < STUBBORN);

/** Waits a while, or until the network is back. */
function rest(error, failures, signal) {
  const longest = Math.min(LONGEST_WAIT, 500 * 2 ** failures);
  const pause = Math.max(error.retryAfter * 1000, longest * (0.5 + Math.random() / 2));
  return new Promise((done, failed) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      signal.aborted ? failed(signal.reason) : done();
    };
    const timer = setTimeout(end, pause);
    addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}

/** A small file in one request. @returns {Promise<any>} */
async function whole({ room, name, blob, duration_ms, waveform }, { progress, waits, signal }) {
  const query = new URLSearchParams({ name });
  if (duration_ms) query.set('duration_ms', String(duration_ms));
  if (waveform) query.set('waveform', waveform.join());
  const headers = { 'content-type': blob.type || 'application/octet-stream' };
  const answer = await request('POST', `${BASE}/rooms/${room}/files?${query}`, headers, blob, (bytes) => (waits(false), progress(bytes)), signal);
  return JSON.parse(answer.responseText);
}

/** @returns {Promise<string>} the path where the pieces go */
async function begin({ room, name, blob, duration_ms, waveform }, signal) {
  const said = { filename: name, filetype: blob.type, duration_ms, waveform: waveform?.join() };
  const metadata = Object.entries(said)
    .filter(([, value]) => value)
    .map(([key, value]) => `${key} ${base64(String(value))}`)
    .join();
  const headers = { ...TUS, 'upload-length': String(blob.size), 'upload-metadata': metadata };
  const answer = await request('POST', `${BASE}/rooms/${room}/uploads`, headers, null, null, signal);
  // Only the path: behind a proxy a server may not know its own name.
  return new URL(answer.getResponseHeader('location'), window.location.href).pathname;
}

/** How far an upload got. @returns {Promise<{offset: number, file: string|null}|null>} null when the server has forgotten it */
async function where(location, signal) {
  try {
    return standOf(await request('HEAD', location, TUS, null, null, signal));
  } catch (error) {
    if (error.status === 404 || error.status === 410) return null;
    throw error;
  }
}

async function piece(location, blob, offset, { progress, signal }) {
  const body = blob.slice(offset, offset + PIECE);
  const headers = { ...TUS, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
  const answer = standOf(await request('PATCH', location, headers, body, (bytes) => progress(offset + bytes), signal));
  // What gets nowhere must not go on for ever.
  if (!answer.file && answer.offset <= offset) throw new ApiError(422, {});
  return answer;
}

const standOf = (answer) => ({ offset: Number(answer.getResponseHeader('upload-offset')) || 0, file: answer.getResponseHeader('snug-file') });

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** By XMLHttpRequest, because only that tells how much of a body has gone. @returns {Promise<XMLHttpRequest>} */
function request(method, path, headers, body, progress, signal) {
  return new Promise((done, failed) => {
    signal.throwIfAborted();
    const ask = new XMLHttpRequest();
    ask.open(method, path);
    for (const [name, value] of Object.entries(headers)) ask.setRequestHeader(name, value);
    if (progress) ask.upload.onprogress = (event) => progress(event.loaded);
    const stop = () => ask.abort();
    signal.addEventListener('abort', stop);
    ask.onloadend = () => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) failed(signal.reason);
      else if (ask.status >= 200 && ask.status < 300) done(ask);
      else failed(new ApiError(ask.status, problemOf(ask), Number(ask.getResponseHeader('retry-after')) || 0));
    };
    ask.send(body);
  });
}

function problemOf(ask) {
  try {
    return JSON.parse(ask.responseText);
  } catch {
    return {};
  }
}
