// Keys while a message has the focus: moving by message, and one letter per action.
import { askDelete, copyLink, mayDelete, startEdit, startReply } from './messageactions.js';
import { me } from '../state.js';

/** @param {KeyboardEvent} event @param {any} context of the message list */
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
  const message = context.line.items.value.find((item) => String(item.key) === article.dataset.key);
  const own = message?.user === me.value.id;
  const open = message && !message.deleted && !context.room.archived;
  const action = {
    r: open && (() => startReply(message, context)),
    e: open && own && (() => startEdit(message, context)),
    c: message && (() => copyLink(message, context)),
    Delete: open && mayDelete(message, context.room) && (() => askDelete(message, context)),
  }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (action) {
    event.preventDefault();
    action();
  } else if (event.key.length === 1 && /\p{L}|\p{N}/u.test(event.key)) {
    // Any other letter is meant for the composer; focusing it now lets the letter arrive there.
    document.querySelector('.comp textarea')?.focus();
  }
}

/** Gives the focus and the one tab stop to a message. @param {HTMLElement} article */
export function focusMessage(article) {
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
