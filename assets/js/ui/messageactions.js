// What can be done with a message, for its toolbar, menu, sheet and keys alike.
import { api } from '../api.js';
import * as state from '../state.js';
import { toast } from '../layers.js';
import { t } from '../i18n.js';
import { actions, attempt, composing } from '../actions.js';
import { copyText } from './basics.js';

const focusComposer = () => requestAnimationFrame(() => document.querySelector('.comp textarea')?.focus());

/** @param {any} message @param {{room: any}} context */
export function startReply(message, { room }) {
  composing.value = { room: room.id, reply: message };
  focusComposer();
}

/** @param {any} message @param {{room: any}} context */
export function startEdit(message, { room }) {
  composing.value = { room: room.id, edit: message };
  focusComposer();
}

export const mayDelete = (message, room) =>
  !room.archived && (message.user === state.me.value.id || (room.kind !== 'direct' && room.me?.role === 'admin'));

/** Asks, then deletes. @param {any} message @param {{room: any}} context */
export function askDelete(message, { room }) {
  const own = message.user === state.me.value.id;
  actions.confirm({
    title: t('message.delete.title'),
    text: own ? t('message.delete.text') : t('message.delete.other', { name: state.userOf(message.user).name }),
    verb: t('message.delete.verb'),
    danger: true,
    run: () => api('DELETE', `/rooms/${room.id}/messages/${message.id}`),
  });
}

/** @param {any} message @param {{room: any}} context */
export async function copyLink(message, { room }) {
  const copied = await copyText(`${location.origin}/r/${room.id}/${message.id}`);
  toast(t(copied ? 'message.link.copied' : 'error.copy'));
}

const copyWords = async (message) => toast(t((await copyText(message.text)) ? 'message.text.copied' : 'error.copy'));

/** @param {any} message @param {any} context @returns {any[]} menu items */
export function itemsFor(message, context) {
  const { room } = context;
  const own = message.user === state.me.value.id;
  return [
    !room.archived && { label: t('message.reply'), icon: 'reply', hint: 'R', run: () => startReply(message, context) },
    own && !room.archived && { label: t('message.edit'), icon: 'pencil', hint: 'E', run: () => startEdit(message, context) },
    { label: t('message.copy'), icon: 'copy', run: () => copyWords(message) },
    { label: t('message.link'), icon: 'link', hint: 'C', run: () => copyLink(message, context) },
    mayDelete(message, room) && null,
    mayDelete(message, room) && {
      label: t('message.delete'),
      icon: 'trash-2',
      hint: 'Del',
      danger: true,
      run: () => askDelete(message, context),
    },
  ].filter((item) => item !== false);
}

/** Saves an edited text. @param {any} message @param {string} text @returns {Promise<any>} */
export const saveEdit = (message, text) => attempt(() => api('PATCH', `/rooms/${message.room}/messages/${message.id}`, { text }));
