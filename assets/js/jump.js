// Going to one message, wherever it is: in the window, further up, in a thread, or nowhere that one may see.
import { api } from './api.js';
import { go, route } from './router.js';
import { openAround, openAt, timelineOf, wanted } from './timeline.js';
import { openThread } from './threads.js';
import { toast } from './layers.js';
import { sentence } from './ui/basics.js';
import { t } from './i18n.js';

const has = (line, id) => line.items.value.some((message) => message.id === id);
const comeTo = (room) => (route.value.name !== 'room' || route.value.room !== room) && go(`/r/${room}`);

/**
 * Shows a message and lights it for a moment. Whether one may see it is asked anew.
 * @param {number} room @param {number} id @returns {Promise<boolean>} false when it is gone, or not ours to see
 */
export async function jump(room, id) {
  const line = timelineOf(room);
  const open = openThread.value?.room === room ? timelineOf(room, openThread.value.root) : null;
  if (open && (has(open, id) || open.root.value?.id === id)) return arrive(open, id);
  if (line.status.value === 'ready' && has(line, id)) return arrive(line, id);
  let message;
  try {
    message = await api('GET', `/rooms/${room}/messages/${id}`);
  } catch (error) {
    // Missing and forbidden read the same.
    toast([403, 404].includes(error.status) ? t('message.missing') : sentence(error), { error: error.status === 0 });
    return false;
  }
  if (message.thread) return jumpIntoThread(room, message.thread, id);
  comeTo(room);
  await openAround(line, id);
  return arrive(line, id);
}

/** Opens a thread, at one of its answers if one is named. @param {number} room @param {number} root @param {number} [answer] */
export async function jumpIntoThread(room, root, answer) {
  comeTo(room);
  openThread.value = { room, root };
  if (!answer) return true;
  const line = timelineOf(room, root);
  if (!has(line, answer)) await openAround(line, answer);
  return arrive(line, answer);
}

/** Shows the first message of a day. @param {number} room @param {number} at milliseconds */
export async function jumpToTime(room, at) {
  comeTo(room);
  const line = timelineOf(room);
  const message = await openAt(line, at);
  return message ? arrive(line, message.id) : false;
}

function arrive(line, id) {
  if (!line.thread) comeTo(line.room);
  wanted.value = { line, id };
  return true;
}
