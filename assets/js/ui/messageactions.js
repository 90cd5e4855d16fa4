// What can be done with a message, by toolbar, menu, sheet and keys alike.
import { api } from '../api.js';
import * as state from '../state.js';
import { toast } from '../layers.js';
import { t } from '../i18n.js';
import { actions, attempt, composing } from '../actions.js';
import { copyText } from './basics.js';
import { showThread } from './threadline.js';

/** The composer of a room, or of the thread beside it. */
const focusComposer = (thread) =>
  requestAnimationFrame(() => document.querySelector(`${thread ? '.thread' : '.conv'} .comp textarea`)?.focus());

/** @param {any} message @param {{room: any, line: any}} context */
export function startReply(message, { room, line }) {
  composing.value = { room: room.id, thread: line.thread || null, reply: message };
  focusComposer(line.thread);
}

/** @param {any} message @param {{room: any, line: any}} context */
export function startEdit(message, { room, line }) {
  composing.value = { room: room.id, thread: line.thread || null, edit: message };
  focusComposer(line.thread);
}

/** @param {any} message @param {{line: any}} context @returns {boolean} whether a thread can be opened under it */
const mayThread = (message, { line }) => !line.thread && !message.thread && message.kind === 'text';

const mayDelete = (message, room) =>
  !room.archived && (message.user === state.me.value.id || (room.kind !== 'direct' && room.me?.role === 'admin'));

/** Asks, then deletes. @param {any} message @param {{room: any}} context */
function askDelete(message, { room }) {
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
async function copyLink(message, { room }) {
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
    mayThread(message, context) && { label: t('message.thread'), icon: 'message-circle', hint: 'T', run: () => showThread(message) },
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

/** Keys while a message has the focus: moving by message, and one letter per action. @param {KeyboardEvent} event @param {any} context of the message list */
export function messageKeys(event, context) {
  const article = event.target.closest('article');
  if (!article || event.target !== article) return;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const all = [...event.currentTarget.querySelectorAll('article')];
  const at = all.indexOf(article);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    focusMessage(all[Math.max(0, Math.min(all.length - 1, to))]);
    return;
  }
  const message = [context.line.root.value, ...context.line.items.value].find((item) => item && String(item.key) === article.dataset.key);
  const own = message?.user === state.me.value.id;
  const open = message && !message.deleted && !context.room.archived;
  const action = {
    r: open && (() => startReply(message, context)),
    t: open && mayThread(message, context) && (() => showThread(message)),
    e: open && own && (() => startEdit(message, context)),
    c: message && (() => copyLink(message, context)),
    Delete: open && mayDelete(message, context.room) && (() => askDelete(message, context)),
  }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (action) {
    event.preventDefault();
    action();
  } else if (event.key.length === 1 && /\p{L}|\p{N}/u.test(event.key)) {
    // Any other letter is meant for the composer; focusing it now lets the letter arrive there.
    document.querySelector(`${context.line.thread ? '.thread' : '.conv'} .comp textarea`)?.focus();
  }
}

/** Gives the focus and the one tab stop to a message. @param {HTMLElement} article */
function focusMessage(article) {
  for (const one of article.closest('.scroll').querySelectorAll('article[tabindex="0"]')) one.tabIndex = -1;
  article.tabIndex = 0;
  article.focus();
  article.scrollIntoView({ block: 'nearest' });
}

/** Keeps one message in the tab order as the list changes. @param {HTMLElement} scroller */
export function keepTabStop(scroller) {
  if (scroller.querySelector('article[tabindex="0"]')) return;
  const last = [...scroller.querySelectorAll('article')].at(-1);
  if (last) last.tabIndex = 0;
}
