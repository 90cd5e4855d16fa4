// A signed-in session: snapshot, socket, events in order, and its end.
import { batch, signal } from './view.js';
import { api, onSessionEnded } from './api.js';
import * as socket from './socket.js';
import * as state from './state.js';
import * as timeline from './timeline.js';
import * as outbox from './outbox.js';
import * as database from './database.js';
import * as drafts from './drafts.js';
import * as cache from './cache.js';
import { keep, recall } from './keep.js';
import { apply } from './events.js';
import { fillThreads, openThread } from './threads.js';
import { refreshPins } from './pins.js';
import { route } from './router.js';
import { flushReads, noteReceived } from './reading.js';
import { forgetReceipts } from './receipts.js';
import { toast } from './layers.js';
import { t } from './i18n.js';

/** True when the session was ended from elsewhere. */
export const ended = signal(false);
/** Set when the first snapshot cannot be loaded. */
export const startError = signal(null);

let cursor = 0;
let syncing = null;
let held = [];

/** Loads the snapshot and connects. @returns {Promise<boolean>} false when nobody is signed in */
export async function start() {
  let sync;
  startError.value = null;
  // Whoever was here last is most likely here again: what is kept is opened while the server is asked.
  const last = recall('user');
  if (last) database.open(last);
  const asked = api('GET', '/sync');
  asked.catch(() => {});
  const tell = last ? await showKept(last, asked) : null;
  try {
    sync = await asked;
  } catch (error) {
    if (error.status === 401) {
      if (last) await cache.forgetTalk();
      leave();
    } else if (tell) connect();
    else startError.value = error;
    tell?.();
    return error.status !== 401;
  }
  ended.value = false;
  if (tell && sync.me.id !== last) leave();
  keep('user', sync.me.id);
  if (!tell || sync.me.id !== last) await outbox.restore(sync.me.id);
  take(sync);
  tell?.();
  connect();
  return true;
}

const connect = () =>
  socket.open({ cursor: () => cursor, frame: receive, ended: () => end(), refused: () => api('GET', '/users?ids=').catch(() => {}) });

/** Shows what is kept of the last visit, if that is faster than the server. @param {number} user @param {Promise<any>} asked @returns {Promise<(() => void)|null>} says that the server was asked */
async function showKept(user, asked) {
  const unreachable = (error) => (error.status === 401 ? null : cache.keptSnapshot());
  const kept = await Promise.race([cache.keptSnapshot(), asked.then(() => null, unreachable)]).catch(() => null);
  if (kept?.me?.id !== user || state.ready.value) return null;
  await outbox.restore(user);
  const tell = cache.beginStale();
  batch(() => {
    state.fill(kept);
    fillThreads(kept.threads);
  });
  return tell;
}

/** @param {boolean} [everywhere] the server has been told already */
export async function signOut() {
  const user = state.me.value?.id;
  socket.close();
  await api('POST', '/auth/logout').catch(() => {});
  keep('user', null);
  if (user) await outbox.wipe(user);
  leave();
}

/** Forgets the person without touching drafts, as after the end of the session from elsewhere. */
export function leave() {
  socket.close();
  timeline.forgetAll();
  fillThreads([]);
  openThread.value = null;
  refreshPins();
  forgetReceipts();
  ended.value = false;
  cache.stale.value = false;
  cursor = 0;
  state.clear();
}

function end(problem) {
  if (!state.ready.value) return;
  if (problem?.code === 'second_factor_needed') {
    drafts.saveAll();
    leave();
    startError.value = problem;
    return;
  }
  // What was typed in the last moment is kept only a moment later by itself.
  drafts.saveAll();
  socket.close();
  ended.value = true;
}
onSessionEnded(end);

function take(sync) {
  cursor = sync.cursor;
  // What one is no longer in is not kept.
  for (const room of state.rooms.value.keys()) if (!sync.rooms.some(({ id }) => id === room)) cache.forgetRoom(room);
  cache.stale.value = false;
  state.fill(sync);
  drafts.merge(sync.drafts);
  fillThreads(sync.threads);
}

function receive(frame) {
  // With `hello`, and when an admin changes something of the place.
  if (frame.server) state.server.value = { ...state.server.value, ...frame.server };
  if (frame.type === 'event') {
    if (syncing) held.push(frame);
    else follow(frame);
  } else if (frame.type === 'presence') {
    const map = new Map(state.presence.value);
    if (frame.state === 'offline') map.delete(frame.user);
    else map.set(frame.user, frame.state);
    state.presence.value = map;
  } else if (frame.type === 'typing') {
    state.setTyping(frame.room, frame.user, true);
  } else if (frame.type === 'status') {
    if (!frame.read_only) outbox.flush();
  } else if (frame.type === 'resync') {
    resync();
  } else if (frame.type === 'hello') {
    greet(frame);
  }
}

function follow(frame) {
  if (frame.cursor <= cursor) return;
  cursor = frame.cursor;
  apply(frame);
  // What tells of oneself, or of receipts, is no message in anybody's hands.
  if (frame.event === 'message.created' && frame.data.user !== state.me.value.id) noteReceived(cursor);
}

async function greet(hello) {
  batch(() => {
    state.presence.value = new Map([[hello.user.id, 'active']]);
    state.typing.value = new Map();
  });
  if (state.server.value.version && hello.version && hello.version !== state.server.value.version)
    toast(t('update.new'), { error: true, action: { label: t('update.reload'), run: () => location.reload() } });
  if (!hello.resumed || cache.stale.value) await resync();
  else timeline.retry();
  outbox.flush();
  flushReads();
  noteReceived(cursor);
  if (document.visibilityState !== 'visible') socket.tell({ type: 'presence', state: 'away' });
}

/** Events were lost: take a new snapshot, then what came meanwhile and is newer. */
function resync() {
  syncing ??= (async () => {
    try {
      take(await api('GET', '/sync'));
      refreshPins(route.value.name === 'room' ? route.value.room : 0);
      timeline.resync([route.value.name === 'room' && route.value.room, openThread.value?.root]);
    } catch (error) {
      // Without a snapshot what is shown may be wrong: try again rather than go on.
      if (error.status !== 401) setTimeout(resync, 2000);
    } finally {
      syncing = null;
      const later = held;
      held = [];
      later.forEach(follow);
    }
  })();
  return syncing;
}

let awayTimer = 0;
document.addEventListener('visibilitychange', () => {
  clearTimeout(awayTimer);
  if (document.visibilityState === 'visible') socket.tell({ type: 'presence', state: 'active' });
  else awayTimer = setTimeout(() => socket.tell({ type: 'presence', state: 'away' }), 60_000);
});
