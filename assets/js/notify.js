// Desktop notifications while a tab is open: one tab tells, and only when no tab is being looked at.
import { effect } from './view.js';
import { go } from './router.js';
import { onMessage } from './heard.js';
import { toast } from './layers.js';
import { quiet, setting, setSetting } from './mysettings.js';
import { watching } from './reading.js';
import { me, ready, rooms, titleOf, userOf } from './state.js';
import { gist } from './kinds.js';
import { threads } from './threads.js';
import { t } from './i18n.js';

/** A message that is older came with a replay: who returns sees it anyway. */
const FRESH = 60_000;
const BODY = 200;

/** @returns {'granted'|'denied'|'default'|'missing'} what the browser allows */
export const permission = () => ('Notification' in window ? Notification.permission : 'missing');

/** @returns {boolean} whether this device tells what arrives */
export const isOn = () => permission() === 'granted' && setting('notifications', 'desktop') !== false;

/** Asks the browser; only ever after a click. @returns {Promise<boolean>} */
export async function turnOn() {
  if (permission() === 'missing') return false;
  const answer = permission() === 'granted' ? 'granted' : await Notification.requestPermission();
  if (answer !== 'granted') return false;
  await setSetting('notifications', { desktop: true, prompted: true });
  return true;
}

// The tab that holds this lock tells; the others wait for it, as long as they live.
let leads = !navigator.locks;
navigator.locks?.request('snug.notifies', () => {
  leads = true;
  return new Promise(() => {});
});
// Every tab that is being looked at holds a share of this one.
let lookAway = null;
effect(() => {
  if (!navigator.locks) return;
  if (watching.value) navigator.locks.request('snug.watched', { mode: 'shared' }, () => watching.value && new Promise((done) => (lookAway = done)));
  else lookAway?.();
});

async function isWatched() {
  if (watching.value) return true;
  const locks = await navigator.locks?.query();
  return Boolean(locks?.held.some((lock) => lock.name === 'snug.watched'));
}

/** Whether a message of a room is for a notification, by the room's level. */
function isWanted(message, room) {
  const called = message.mention_room || message.mentions.includes(me.value.id);
  const level = room.me?.notify ?? 'all';
  if (message.kind !== 'text' || message.deleted || level === 'none') return false;
  return called || (level === 'all' && (!message.thread || Boolean(threads.value.get(message.thread)?.following)));
}

/** Room → the notification that stands for it. */
const shown = new Map();

onMessage(async (message, room) => {
  if (!room?.me || Date.now() - message.at > FRESH || !isWanted(message, room) || (await isWatched())) return;
  const called = room.kind === 'direct' || message.mention_room || message.mentions.includes(me.value.id);
  if (called && permission() === 'default' && leads) return askOnce();
  if (leads && isOn() && !quiet()) show(message, room);
});

function show(message, room) {
  const name = userOf(message.user).name;
  const previews = setting('notifications', 'previews') !== false;
  const title = room.kind === 'direct' && room.users.length <= 2 ? name : t('notify.title', { name, room: titleOf(room) });
  const text = previews ? gist(message).slice(0, BODY) : t('notify.hidden');
  const icon = new URL('../icons/icon.svg', import.meta.url).href;
  try {
    // One for each room: the newest says it.
    const one = new Notification(title, { body: text, tag: `snug-${room.id}`, icon, silent: true });
    one.onclick = () => {
      window.focus();
      go(`/r/${room.id}/${message.id}`);
      one.close();
    };
    shown.set(room.id, one);
  } catch {
    // Some phones show notifications of service workers only.
  }
}

// What is read, here or elsewhere, needs no notification any more.
effect(() => {
  const known = ready.value ? rooms.value : new Map();
  for (const [id, one] of shown)
    if (!known.get(id)?.me?.unread) {
      one.close();
      shown.delete(id);
    }
});

/** Once, after one was called while away: the browser itself is asked only after a click. */
function askOnce() {
  if (setting('notifications', 'prompted')) return;
  setSetting('notifications', { prompted: true }).catch(() => {});
  toast(t('notify.prompt'), { error: true, action: { label: t('notify.turnon'), run: turnOn } });
}
