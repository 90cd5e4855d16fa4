// What can be done with a message, by toolbar, menu, sheet and keys alike.
import { api } from '../api.js';
import * as state from '../state.js';
import { toast } from '../layers.js';
import { t } from '../i18n.js';
import { actions, attempt, composing } from '../actions.js';
import { togglePin, toggleReaction, toggleSaved } from '../marks.js';
import { openPicker } from '../emoji.js';
import { markUnread } from '../reading.js';
import { kindOf } from '../kinds.js';
import { copyText } from './basics.js';
import { openPicture } from './files.js';
import { setting } from '../mysettings.js';
import { showThread } from './threadline.js';

const singleKeys = () => setting('composer', 'single_keys') !== false;

/**
 * @typedef {object} MessageAction one entry of the menu; `when` and the rest get the message and the context of its list
 * @property {string} name
 * @property {number} group entries of a group stand together, between lines
 * @property {string|((message: any) => string)} icon
 * @property {string} [key] the single key, as `KeyboardEvent.key` has it in lower case
 * @property {string} [hint] how the key is shown
 * @property {boolean} [danger]
 * @property {(message: any, context: any) => boolean} [when] whether it is offered; always where it is missing
 * @property {(message: any, context: any) => string} label
 * @property {(message: any, context: any, anchor?: Element) => void} run
 */

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

/** Lets an emoji be chosen for a message. @param {any} message @param {any} _context @param {Element} [anchor] */
export const startReaction = (message, _context, anchor) =>
  openPicker(anchor ?? articleOf(message), (emoji) => toggleReaction(message, emoji), { counts: false });

const articleOf = (message) => document.querySelector(`article[data-id="${message.id}"]`) ?? document.body;
const pictureOf = ({ files }) => files?.find((file) => kindOf(file) === 'image');
const isOpen = (_message, { room }) => !room.archived;
const isOwn = (message) => message.user === state.me.value.id;

/** @param {any} _message @param {{room: any}} context @returns {boolean} whether one may pin here */
export const mayPin = (_message, { room }) => !room.archived && state.allows(room, 'pin');
const mayWrite = (_message, { room }) => state.mayPost(room);
const mayEdit = (message, { room }) => state.mayPost(room) && isOwn(message);
const mayDelete = (message, { room }) => !room.archived && (isOwn(message) || (room.kind !== 'direct' && room.me?.role === 'admin'));

/** Asks, then deletes. @param {any} message @param {{room: any}} context */
function askDelete(message, { room }) {
  actions.confirm({
    title: t('message.delete.title'),
    text: isOwn(message) ? t('message.delete.text') : t('message.delete.other', { name: state.userOf(message.user).name }),
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

async function keepForLater(message) {
  const there = state.saved.value.has(message.id);
  if (await toggleSaved(message)) toast(t(there ? 'saved.removed' : 'saved.added'));
}

/** Every action, in the order of the menu. A new one is one more entry. @type {MessageAction[]} */
export const messageActions = [
  { name: 'reply', group: 1, icon: 'reply', key: 'r', hint: 'R', when: mayWrite, label: () => t('message.reply'), run: startReply },
  {
    name: 'thread',
    group: 1,
    icon: 'message-circle',
    key: 't',
    hint: 'T',
    when: mayThread,
    label: () => t('message.thread'),
    run: (message) => showThread(message),
  },
  { name: 'edit', group: 1, icon: 'pencil', key: 'e', hint: 'E', when: mayEdit, label: () => t('message.edit'), run: startEdit },
  { name: 'react', group: 1, icon: 'smile-plus', key: '+', hint: '+', when: isOpen, label: () => t('message.react'), run: startReaction },
  {
    name: 'pin',
    group: 2,
    icon: (message) => (message.pinned ? 'pin-off' : 'pin'),
    key: 'p',
    hint: 'P',
    when: mayPin,
    label: (message) => t(message.pinned ? 'message.unpin' : 'message.pin'),
    run: togglePin,
  },
  {
    name: 'save',
    group: 2,
    icon: 'star',
    label: (message) => t(state.saved.value.has(message.id) ? 'message.unsave' : 'message.save'),
    run: keepForLater,
  },
  {
    name: 'open',
    group: 3,
    icon: 'image',
    key: 'enter',
    hint: 'Enter',
    when: (message) => Boolean(pictureOf(message)),
    label: () => t('file.picture.show'),
    run: (message, { line }) => openPicture(pictureOf(message), [line.root.value, ...line.items.value]),
  },
  {
    name: 'download',
    group: 3,
    icon: 'download',
    when: ({ files }) => files?.length === 1,
    label: () => t('file.download'),
    run: ({ files: [file] }) => import('./files/card.js').then((module) => module.download(file)),
  },
  {
    name: 'files',
    group: 3,
    icon: 'paperclip',
    when: ({ files }) => files?.length > 1,
    label: ({ files }) => t('files.open', { n: files.length }),
    run: (message) => actions.files(message),
  },
  { name: 'copy', group: 3, icon: 'copy', when: ({ text }) => Boolean(text), label: () => t('message.copy'), run: copyWords },
  { name: 'link', group: 3, icon: 'link', key: 'c', hint: 'C', label: () => t('message.link'), run: copyLink },
  {
    name: 'reactions',
    group: 3,
    icon: 'smile',
    when: (message) => Boolean(message.reactions?.length),
    label: () => t('reactions.who'),
    run: (message) => actions.reactions(message),
  },
  {
    name: 'history',
    group: 3,
    icon: 'clock',
    when: (message) => Boolean(message.edited_at),
    label: () => t('history.open'),
    run: (message) => actions.history(message),
  },
  {
    name: 'unread',
    group: 3,
    icon: 'bell',
    key: 'u',
    hint: 'U',
    when: (message) => !isOwn(message) && !message.thread,
    label: () => t('message.unread'),
    run: (message) => attempt(() => markUnread(message)),
  },
  {
    name: 'seenby',
    group: 3,
    icon: 'check-check',
    when: (message, { room }) => isOwn(message) && room.member_count > 1,
    label: () => t('message.seenby'),
    run: (message) => actions.seenBy(message),
  },
  {
    name: 'delete',
    group: 9,
    icon: 'trash-2',
    key: 'delete',
    hint: 'Del',
    danger: true,
    when: mayDelete,
    label: () => t('message.delete'),
    run: askDelete,
  },
];

const offered = (message, context) => messageActions.filter(({ when }) => !when || when(message, context));

/** @param {MessageAction} action @param {any} message @returns {string} */
export const iconOf = ({ icon }, message) => (typeof icon === 'function' ? icon(message) : icon);

/** @param {string} name @returns {MessageAction} */
export const actionNamed = (name) => messageActions.find((action) => action.name === name);

/** @param {any} message @param {any} context @param {Element} anchor what the menu belongs to @returns {any[]} menu items */
export function itemsFor(message, context, anchor) {
  const items = [];
  let group = 0;
  for (const action of offered(message, context)) {
    if (group && action.group !== group) items.push(null);
    group = action.group;
    const { hint, danger } = action;
    items.push({ label: action.label(message, context), icon: iconOf(action, message), hint, danger, run: () => action.run(message, context, anchor) });
  }
  return items;
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
  const usable = message && !message.deleted && !message.pending;
  // A letter alone may be a slip, or speech that was taken for keys: who wishes switches them off (WCAG 2.1.4).
  const alone = event.key.length > 1 || singleKeys();
  const action = usable && alone && offered(message, context).find(({ key }) => key === event.key.toLowerCase());
  if (action) {
    event.preventDefault();
    action.run(message, context, article);
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
