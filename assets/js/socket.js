// The life of the WebSocket: connect, resume, notice silence, connect again.
import { signal } from './view.js';

const ANSWER_WAIT = 10_000;
/** As long when there is a reason to doubt the connection: words that cannot go should soon say so. */
const DOUBT_WAIT = 3_000;
const RESTART = 1012;
const TOO_FAST = 4429;
const ENDED = 4401;

/** @type {{value: 'idle'|'connecting'|'online'|'offline'|'restarting'}} */
export const connection = signal('idle');
/** True three seconds after the socket was lost, until it is back. */
export const offline = signal(false);
/** The server's disk takes nothing: what is written waits. */
export const readOnly = signal(false);
/** True for two seconds after the connection came back. */
export const back = signal(false);

let socket = null;
let owner = null;
let attempts = 0;
let reconnectTimer = 0;
let offlineTimer = 0;
let silenceTimer = 0;
let heartbeat = 30_000;
let nextRef = 1;
const waiting = new Map();

/**
 * @param {{cursor: () => number, frame: (frame: any) => void, ended: () => void, refused: () => Promise<void>}} handlers
 *   `refused` is asked after a connection that never said hello: is the session still there?
 */
export function open(handlers) {
  owner = handlers;
  attempts = 0;
  connect();
}

/** Closes for good, as on signing out. */
export function close() {
  owner = null;
  clearTimeout(reconnectTimer);
  clearTimeout(offlineTimer);
  drop();
  connection.value = 'idle';
  offline.value = false;
}

/** Tries at once instead of after the wait. */
export function reconnectNow() {
  if (!owner || connection.value === 'online') return;
  attempts = Math.min(attempts, 1);
  connect();
}

/**
 * Sends a frame and waits for its answer.
 * @param {object} frame without ref
 * @param {number} [wait] milliseconds after which the connection counts as lost
 * @returns {Promise<any>} the `ok` or `pong`; rejects with the `error` frame, or {code: 'offline'}
 */
export function request(frame, wait = ANSWER_WAIT) {
  return new Promise((resolve, reject) => {
    if (connection.value !== 'online') return reject({ code: 'offline' });
    const ref = nextRef++;
    const timer = setTimeout(() => {
      waiting.delete(ref);
      reject({ code: 'offline' });
      // A socket that does not answer is no socket: begin again, the nonce makes it harmless.
      lost(0);
    }, wait);
    waiting.set(ref, { resolve, reject, timer });
    socket.send(JSON.stringify({ ...frame, ref }));
  });
}

/** Sends a frame that nobody waits for; dropped when there is no connection. @param {object} frame */
export function tell(frame) {
  // A socket that the server is closing is still there for a moment.
  if (connection.value === 'online' && socket.readyState === 1) socket.send(JSON.stringify(frame));
}

function connect() {
  clearTimeout(reconnectTimer);
  drop();
  if (!owner) return;
  if (connection.value !== 'restarting') connection.value = attempts || connection.value === 'offline' ? 'offline' : 'connecting';
  const url = new URL('/api/v1/ws', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('since', owner.cursor());
  let greeted = false;
  const mine = (socket = new WebSocket(url));
  // A server that neither accepts nor refuses must not hold us for the minutes a browser waits.
  const patience = setTimeout(() => mine === socket && !greeted && lost(0), 15_000);
  mine.onmessage = (event) => {
    if (mine !== socket) return;
    listen();
    const frame = JSON.parse(event.data);
    if (frame.type === 'hello') {
      greeted = true;
      clearTimeout(patience);
      heartbeat = (frame.heartbeat_s || 30) * 1000;
      welcome();
    }
    if ('read_only' in frame) readOnly.value = frame.read_only;
    if (frame.ref && waiting.has(frame.ref)) {
      const { resolve, reject, timer } = waiting.get(frame.ref);
      waiting.delete(frame.ref);
      clearTimeout(timer);
      if (frame.type === 'error') reject(frame);
      else resolve(frame);
      return;
    }
    owner.frame(frame);
  };
  mine.onclose = async (event) => {
    clearTimeout(patience);
    if (mine !== socket) return;
    if (event.code === ENDED) return owner.ended();
    lost(event.code);
    // A refused upgrade does not say why; asked now and then, because the server may just be down.
    if (!greeted && attempts % 4 === 1) await owner?.refused();
  };
}

function welcome() {
  attempts = 0;
  clearTimeout(offlineTimer);
  offlineTimer = 0;
  if (offline.value) {
    back.value = true;
    setTimeout(() => (back.value = false), 2000);
  }
  offline.value = false;
  connection.value = 'online';
}

function lost(code) {
  drop();
  if (!owner) return;
  connection.value = code === RESTART ? 'restarting' : connection.value === 'restarting' && attempts < 20 ? 'restarting' : 'offline';
  offlineTimer ||= setTimeout(() => (offline.value = true), 3000);
  // A restart takes seconds, and many wait for its end; an outage may take long.
  const longest = connection.value === 'restarting' ? 3000 : 30_000;
  const base = code === TOO_FAST ? 5000 : Math.min(longest, 500 * 2 ** attempts);
  attempts++;
  reconnectTimer = setTimeout(connect, base * (0.5 + Math.random() / 2));
}

function drop() {
  clearTimeout(silenceTimer);
  const old = socket;
  socket = null;
  if (old) {
    old.onmessage = old.onclose = null;
    old.close();
  }
  for (const { reject, timer } of waiting.values()) {
    clearTimeout(timer);
    reject({ code: 'offline' });
  }
  waiting.clear();
}

/** A browser does not show the server's pings, so silence is answered by a question of our own. */
function listen() {
  clearTimeout(silenceTimer);
  silenceTimer = setTimeout(() => request({ type: 'ping' }).catch(() => {}), heartbeat * 2);
}

addEventListener('online', reconnectNow);
addEventListener('offline', () => owner && connection.value === 'online' && request({ type: 'ping' }, DOUBT_WAIT).catch(() => {}));
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible' || !owner) return;
  if (connection.value === 'online') request({ type: 'ping' }, DOUBT_WAIT).catch(() => {});
  else reconnectNow();
});
