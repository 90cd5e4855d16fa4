// Where messages are written: draft, reply and edit, mentions, and the keys of writing.
import { html, lazy, useEffect, useLayoutEffect, useRef, useState, withPart } from '../view.js';
import { api } from '../api.js';
import * as state from '../state.js';
import { send } from '../outbox.js';
import { changed, draftOf, isAbout, rest, setDraft } from '../drafts.js';
import { tell } from '../socket.js';
import { markAllRead } from '../reading.js';
import { openPresent } from '../timeline.js';
import { sendKey, touch } from '../look.js';
import { rich, t } from '../i18n.js';
import { composing, details } from '../actions.js';
import { openPicker } from '../emoji.js';
import { confirmCall } from '../callask.js';
import { bytesOf, LARGEST, lengthOf, LONGEST } from '../size.js';
import { keepEdit, keptEdit } from '../edits.js';
import { attach, LONG_PASTE, setTray, trayOf } from '../upload/tray.js';
import { Icon } from './basics.js';
import { Hint } from './hint.js';
import { saveEdit } from './messageactions.js';
import { Suggestions, useSuggestions } from './suggest.js';

const Attachments = lazy(() => import('./attachments.js').then((module) => module.Attachments), 'attachments');

/** A little more than the server asks for, so that none is dropped for being early. */
const TYPING_PAUSE = 3200;
/** From so many characters before the end on, those left are counted. */
const NEAR = 500;

/** @param {{room: any, line: any, title: string, thread?: number|null}} props `thread` is the message under which is written */
export function Composer({ room, line, title, thread = null }) {
  const box = useRef(null);
  const mode = isComposing(composing.value, room, thread) ? composing.value : null;
  const editing = mode?.edit ?? null;
  const replying = mode?.reply ?? null;
  const [text, setText] = useState(() => draftOf(room.id, thread)?.text ?? '');
  const edited = useRef(null);
  const suggest = useSuggestions(room, box, (value, caret) => change(value, caret));
  const typed = useRef(0);

  const change = (value, caret) => {
    setText(value);
    if (editing) keepEdit({ room: room.id, thread, id: editing.id, text: value });
    else setDraft(room.id, thread, value, replying);
    if (caret === undefined) return;
    // At once, so that the next key finds the caret where it belongs.
    box.current.value = value;
    box.current.setSelectionRange(caret, caret);
  };

  useLayoutEffect(() => {
    if (editing && edited.current !== editing.id) {
      edited.current = editing.id;
      const kept = keptEdit();
      const words = kept?.id === editing.id ? kept.text : editing.text;
      setText(words);
      requestAnimationFrame(() => box.current?.setSelectionRange(words.length, words.length));
    } else if (!editing && edited.current) {
      edited.current = null;
      setText(draftOf(room.id, thread)?.text ?? '');
    }
  }, [editing?.id]);
  // What is answered belongs to the draft, here and on other devices.
  const answers = useRef(0);
  useEffect(() => {
    const before = answers.current;
    answers.current = replying?.id ?? 0;
    if (!editing && text && before !== answers.current) setDraft(room.id, thread, text, replying);
  }, [replying?.id]);
  useEffect(() => {
    editAgain(room, thread);
    answerAgain(room, thread);
    return () => rest(room.id, thread);
  }, []);
  // Words from elsewhere: another device of the same person, or a message that was taken back.
  useEffect(() => {
    if (!isAbout(changed.value, room.id, thread) || editing) return;
    const draft = draftOf(room.id, thread);
    setText(draft?.text ?? '');
    if (draft?.reply?.id !== replying?.id) composing.value = null;
    answerAgain(room, thread);
  }, [changed.value]);
  useLayoutEffect(() => grow(box.current), [text]);
  useEffect(() => {
    if (!touch.value) box.current?.focus({ preventScroll: true });
  }, []);

  const size = sizeOf(text);
  const tray = editing ? null : trayOf(room.id, thread);
  const carried = editing ? editing.files : tray?.items;
  const ready = Boolean(text.trim() || carried?.length) && !size?.over && !tray?.stuck;
  const leave = () => {
    if (editing) keepEdit(null);
    composing.value = null;
    suggest.close();
  };

  const submit = async () => {
    if (!ready) return;
    const words = text.trim();
    if (editing) {
      if (words === editing.text) return leave();
      // The box closes only when the server has the change, so that the words are never lost.
      if (await saveEdit(editing, words)) leave();
      return;
    }
    if (words.includes('@') && !(await confirmCall(room, words))) return;
    setText('');
    setDraft(room.id, thread, '');
    composing.value = null;
    if (line.hasAfter.value) openPresent(line);
    send(room.id, words, replying, thread, trayOf(room.id, thread)?.items);
    box.current?.focus();
  };

  const onInput = (event) => {
    change(event.currentTarget.value);
    suggest.look();
    if (!editing && event.currentTarget.value.trim() && Date.now() - typed.current > TYPING_PAUSE) {
      typed.current = Date.now();
      tell({ type: 'typing', room: room.id });
    }
  };

  const onPaste = (event) => {
    if (editing) return;
    const files = [...event.clipboardData.files];
    const words = event.clipboardData.getData('text/plain').replace(/\r\n?/g, '\n');
    // Cells and formatted words come as a picture too; a copied file comes with its name.
    if (files.length && (!words || files.some(({ name }) => words.includes(name)))) {
      event.preventDefault();
      attach(room.id, thread, files);
    } else if (words.length > LONG_PASTE) setTray(room.id, thread, { offer: words });
  };

  const openMenu = ({ currentTarget }) => withPart(import('../upload/menu.js'), (menu) => menu.openAttach(currentTarget, room.id, thread));

  const onKeyDown = (event) => {
    // While an input method composes, Enter chooses a word and must not send.
    if (event.isComposing || event.keyCode === 229) return;
    if (suggest.key(event)) return;
    const command = event.ctrlKey || event.metaKey;
    if (event.key === 'Enter') {
      const plain = !event.shiftKey && !event.altKey && !command;
      if (command || (plain && sendKey.value === 'enter' && !touch.value)) {
        event.preventDefault();
        submit();
      }
    } else if (event.key === 'Escape' && !event.shiftKey && (mode || (!thread && !details.value))) {
      event.preventDefault();
      event.stopPropagation();
      if (mode) leave();
      else {
        markAllRead(room.id);
        const list = document.getElementById('messages');
        if (line.hasAfter.value) openPresent(line);
        if (list) list.scrollTop = list.scrollHeight;
        line.fresh.value = null;
      }
    } else if (event.key === 'ArrowUp' && !text && !mode && !command && !event.altKey) {
      const last = line.items.value.findLast((m) => m.kind === 'text' && !m.deleted && (event.shiftKey || m.user === state.me.value.id));
      if (last) {
        event.preventDefault();
        composing.value = { room: room.id, thread, [event.shiftKey ? 'reply' : 'edit']: last };
      }
    } else if (command) {
      const key = event.key.toLowerCase();
      const mark = { b: '**', i: '_', e: '`', x: event.shiftKey ? '~~' : null }[key];
      if (mark) {
        event.preventDefault();
        wrap(box.current, mark, change);
      }
    }
  };

  /** Puts an emoji where the caret was. */
  const insert = (emoji) => {
    const { selectionStart: from, selectionEnd: to, value } = box.current;
    change(value.slice(0, from) + emoji + value.slice(to), from + emoji.length);
    if (!touch.value) requestAnimationFrame(() => box.current?.focus());
  };

  const label = editing ? t('composer.edit.label') : t(thread ? 'thread.reply' : 'composer.label', { room: title });
  return html`${
    (replying || editing) &&
    html`<div class="replying">
      <${Icon} name=${editing ? 'pencil' : 'reply'} size="s" />
      <span>${editing ? t('composer.editing') : rich('composer.replying', { name: html`<b>${state.userOf(replying.user).name}</b>` })}</span>
      <button type="button" class="ib" aria-label=${t(editing ? 'composer.edit.cancel' : 'composer.reply.cancel')} onClick=${leave}><${Icon} name="x" size="s" /></button>
    </div>`
  }
    ${ready && text && !thread && !state.typists(room.id).length && html`<${Hint} />`}
    <${Suggestions} suggest=${suggest} />
    ${tray && html`<${Attachments} room=${room} thread=${thread} tray=${tray} text=${text} change=${change} reply=${replying} />`}
    <form class="comp" data-room=${editing ? null : room.id} data-thread=${thread} aria-label=${t(thread ? 'thread.reply' : 'composer.form')} onSubmit=${(event) => (event.preventDefault(), submit())}>
      ${!editing && html`<button type="button" class="ib" aria-label=${t('attach.open')} title=${t('attach.open')} aria-haspopup="menu" onClick=${openMenu}><${Icon} name="plus" /></button>`}
      <textarea ref=${box} rows="1" placeholder=${label} aria-label=${label} value=${text} enterkeyhint=${touch.value ? 'enter' : 'send'}
        aria-autocomplete="list" aria-describedby=${size ? `size-${thread ?? 0}` : null} aria-controls=${suggest.open ? 'suggest' : null} aria-activedescendant=${suggest.open ? `suggest-${suggest.at}` : null}
        onInput=${onInput} onPaste=${onPaste} onKeyDown=${onKeyDown} onBlur=${() => (suggest.close(), rest(room.id, thread))} onClick=${suggest.look}></textarea>
      <button type="button" class="ib" aria-label=${t('emoji.open')} title=${t('emoji.open')} aria-haspopup="dialog" onClick=${(event) => openPicker(event.currentTarget, insert)}><${Icon} name="smile" /></button>
      <button type="submit" class="ib send" aria-label=${t(editing ? 'composer.save' : 'composer.send')} disabled=${!ready} onMouseDown=${(event) => event.preventDefault()}><${Icon} name=${editing ? 'check' : 'send'} /></button>
    </form>
    ${size && html`<p class=${size.over ? 'toolong' : 'count'} id=${`size-${thread ?? 0}`} role=${size.over ? 'alert' : null}>${size.words}</p>`}`;
}

/** @param {any} mode what is being answered or edited @param {any} room @param {number|null} thread */
const isComposing = (mode, room, thread) => mode?.room === room.id && (mode.thread ?? null) === thread;

/** Shows again what a kept draft answers. @param {any} room @param {number|null} thread */
async function answerAgain(room, thread) {
  const reply = draftOf(room.id, thread)?.reply;
  if (!reply || isComposing(composing.value, room, thread)) return;
  const message = reply.user ? reply : await api('GET', `/rooms/${room.id}/messages/${reply.id}`).catch(() => null);
  if (message && !message.deleted && !composing.value && draftOf(room.id, thread)?.reply?.id === message.id)
    composing.value = { room: room.id, thread, reply: message };
}

/** Goes on with an edit that a reload broke off. @param {any} room @param {number|null} thread */
async function editAgain(room, thread) {
  const kept = keptEdit();
  if (kept?.room !== room.id || (kept.thread ?? null) !== thread || composing.value) return;
  const message = await api('GET', `/rooms/${room.id}/messages/${kept.id}`).catch(() => null);
  if (!message || message.deleted || kept.text === message.text) keepEdit(null);
  else if (!composing.value) composing.value = { room: room.id, thread, edit: message };
}

/** How much of what a message may hold is used, once that is worth telling. @param {string} text @returns {{over: boolean, words: string}|null} */
function sizeOf(text) {
  const [count, bytes] = [lengthOf(text), bytesOf(text)];
  if (count > LONGEST) return { over: true, words: t('composer.toolong', { n: count, most: LONGEST }) };
  if (bytes > LARGEST) return { over: true, words: t('composer.toobig', { n: (bytes / 1024).toFixed(1), most: LARGEST / 1024 }) };
  return count > LONGEST - NEAR ? { over: false, words: t('composer.left', { n: LONGEST - count }) } : null;
}

/** Browsers that cannot size a box by its content are helped. */
function grow(box) {
  if (!box || CSS.supports('field-sizing', 'content')) return;
  box.style.height = 'auto';
  box.style.height = `${Math.min(box.scrollHeight, innerHeight * 0.4)}px`;
}

/** Puts a mark such as ** around what is selected, or takes it off. @param {HTMLTextAreaElement} box @param {string} mark @param {(text: string) => void} change */
function wrap(box, mark, change) {
  const { selectionStart: start, selectionEnd: end, value } = box;
  const inside = value.slice(start, end);
  const marked = value.slice(start - mark.length, start) === mark && value.slice(end, end + mark.length) === mark;
  const text = marked
    ? value.slice(0, start - mark.length) + inside + value.slice(end + mark.length)
    : value.slice(0, start) + mark + inside + mark + value.slice(end);
  const shift = marked ? -mark.length : mark.length;
  change(text);
  requestAnimationFrame(() => box.setSelectionRange(start + shift, end + shift));
}
