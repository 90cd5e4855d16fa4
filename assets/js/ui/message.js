// A group of messages of one author, each message with its states and tools, and notes of what happened.
import { html, lazy, useComputed, useEffect, useMemo, useRef, useState } from '../view.js';
import * as state from '../state.js';
import { discard, outbox, retry } from '../outbox.js';
import { noteLines } from '../notices.js';
import { clock, full, names } from '../time.js';
import { rich, t } from '../i18n.js';
import { onlyEmoji, isWide, plain, Text } from '../text.js';
import { touch } from '../look.js';
import { actions } from '../actions.js';
import { jump } from '../jump.js';
import { Avatar, Icon } from './basics.js';
import { Files } from './files.js';
import { Receipt } from './receipt.js';
import { ThreadLine } from './threadline.js';
import { Reactions } from './reactions.js';
import { openTools, Tools } from './messagetools.js';

const Uploading = lazy(() => import('./sending.js').then((module) => module.Sending), 'attachments');

/** @param {{row: any, context: any}} props */
export function Group({ row, context }) {
  const user = state.userOf(row.user);
  const first = row.messages[0];
  return html`<div class=${`g ${row.own ? 'own' : ''}`}>
    <${Avatar} user=${user} onClick=${() => actions.person(row.user)} />
    <div class="col">
      <div class="who">
        ${row.own || context.direct ? html`<b class=${row.own ? 'own-n' : ''}>${user.name}</b>` : html`<button type="button" class="name" tabindex="-1" onClick=${() => actions.person(row.user)}><b title=${user.username && `@${user.username}`}>${user.name}</b></button>`}${user.role === 'bot' && html`<span class="chip">${t('role.bot')}</span>`}
        <time dateTime=${new Date(first.at).toISOString()} title=${full(first.at)}>${clock(first.at)}</time>
      </div>
      ${row.messages.map((message, index) => html`<${Message} key=${message.key} message=${message} user=${user} own=${row.own} first=${index === 0} last=${isLastOwn(message, context)} context=${context} />`)}
    </div>
  </div>`;
}

/** Only the last own message that the server has shows its tick. */
function isLastOwn(message, { line, room }) {
  if (message.pending || message.user !== state.myId.value || line.hasAfter.value) return false;
  const items = line.items.value;
  for (let at = items.length - 1; at >= 0; at--)
    if (items[at].user === message.user && items[at].kind === 'text' && !items[at].deleted)
      return items[at].id === message.id && !outbox.value.some((entry) => entry.room === room.id);
  return false;
}

function Message({ message, user, own, first, last, context }) {
  const chosen = useComputed(() => context.active.value === String(message.key));
  const flashing = useComputed(() => message.id && context.flash.value === message.id);
  const me = state.myId.value;
  const hit = !own && !message.deleted && (message.mention_room || message.mentions.includes(me));
  const status = message.pending ? message.state : own ? 'sent' : null;
  const body = useMemo(
    () => html`<${Body} message=${message} context=${context} />`,
    [message.text, message.deleted, message.edited_at, message.reply_to, message.mentions, state.users.value],
  );
  const files = useMemo(() => !message.deleted && message.files?.length > 0 && html`<${Files} message=${message} line=${context.line} stop=${chosen.value} />`, [message.files, message.deleted, chosen.value]);
  // Words stand under the pictures they are about; what is answered stands above.
  const parts = message.text ? [files, body] : [body, files];
  const press = useLongPress(
    (target) => message.id && !message.deleted && openTools(target, message, context),
  );
  const name = [
    user.name,
    clock(message.at),
    hit && t('message.hit'),
    message.deleted && t('message.deleted'),
    status && status !== 'sent' && t(`message.state.${status}`),
  ]
    .filter(Boolean)
    .join(', ');
  return html`<article class=${`m ${hit ? 'hit' : ''} ${flashing.value ? 'flash' : ''} ${!message.deleted && isWide(message.text) ? 'wide' : ''}`}
    data-id=${message.id} data-message=${message.id} data-key=${message.key} data-state=${status} aria-label=${name} tabindex="-1" ...${press}>
    ${parts}
    ${!first && html`<time class="when" aria-hidden="true">${clock(message.at)}</time>`}
    <${Reactions} message=${message} context=${context} stop=${chosen.value} />
    ${!context.line.thread && html`<${ThreadLine} message=${message} />`}
    <${Foot} message=${message} last=${last} room=${context.room} />
    ${chosen.value && message.id && !message.deleted && !touch.value && html`<${Tools} message=${message} own=${own} context=${context} />`}
  </article>`;
}

function Body({ message, context }) {
  if (message.deleted) return html`<div class="b gone">${t('message.deleted')}</div>`;
  const people = new Map();
  for (const id of message.mentions) {
    const user = state.userOf(id);
    if (user.username) people.set(user.username.toLowerCase(), user);
  }
  const about = { people, me: state.myId.value, room: Boolean(message.mention_room) };
  const big = !message.reply_to && onlyEmoji(message.text);
  const edited =
    message.edited_at &&
    html` <button type="button" class="edited" title=${full(message.edited_at)} aria-haspopup="dialog" onClick=${() => actions.history(message)}>${t('message.edited')}</button>`;
  // Files alone need no bubble.
  if (!message.text && message.files?.length && !message.reply_to) return edited || null;
  return html`<div class=${`b ${big ? 'big' : ''}`}>
    ${message.reply_to && html`<${Quote} quote=${message.reply_to} jump=${context.jump} />`}
    <${Text} text=${message.text} context=${about} after=${edited} />
  </div>`;
}

function Quote({ quote, jump }) {
  return html`<button type="button" class="q" onClick=${() => jump(quote.id)}>
    <b>${state.userOf(quote.user).name}</b><span>${plain(quote.preview) || t('message.deleted')}</span>
  </button>`;
}

/** What became of an own message, under it. */
function Foot({ message, last, room }) {
  if (!message.pending) return last ? html`<${Receipt} message=${message} room=${room} />` : null;
  if (message.state === 'queued')
    return html`<div class="foot"><${Icon} name="clock" size="s" /><span>${t('message.state.queued')}</span></div>`;
  if (message.state === 'sending') return html`<${Sending} />`;
  if (message.state === 'uploading') return html`<${Uploading} message=${message} />`;
  return html`<div class="foot fail"><${Icon} name="circle-alert" size="s" /><span title=${message.reason}>${message.reason ? t('message.failed.reason', { reason: message.reason }) : t('message.failed')}</span>
    <button type="button" onClick=${() => retry(message.nonce)}>${t('action.retry')}</button>
    <button type="button" onClick=${() => discard(message.nonce)}>${t('action.delete')}</button>
  </div>`;
}

/** A clock, but only when it takes long enough to wonder. */
function Sending() {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 400);
    return () => clearTimeout(timer);
  }, []);
  return slow ? html`<div class="foot"><${Icon} name="clock" size="s" /><span>${t('message.state.sending')}</span></div>` : null;
}

/** A finger that rests opens the sheet; moving it scrolls as ever. */
function useLongPress(open) {
  const timer = useRef(0);
  const opened = useRef(false);
  const stop = () => clearTimeout(timer.current);
  return {
    onTouchStart: (event) => {
      stop();
      opened.current = false;
      if (event.touches.length > 1 || event.target.closest('a, button:not(.pic), pre, .wave, video, audio')) return;
      const target = event.currentTarget;
      timer.current = setTimeout(() => {
        opened.current = true;
        open(target);
      }, 450);
    },
    onTouchMove: stop,
    onTouchEnd: (event) => {
      stop();
      // Lifting the finger must not press what has come up under it.
      if (opened.current) event.preventDefault();
    },
    onTouchCancel: stop,
    onContextMenu: (event) => {
      if (touch.value && !event.target.closest('a, pre')) event.preventDefault();
    },
  };
}

/** Notes of what happened, in one or more centred lines. @param {{notices: any[]}} props */
export function Note({ notices }) {
  return noteLines(notices).map((line) => {
    const last = line.notices.at(-1);
    return html`<p class="note" key=${line.notices[0].key} data-id=${last.id} data-message=${last.id}>${line.merged ? together(line) : noteText(last)} · <time title=${full(last.at)}>${clock(last.at)}</time></p>`;
  });
}

const bold = (id) => html`<b>${state.userOf(id).name}</b>`;

/** "Aiko, Lena and 3 others joined"; who they are is told to a pointer that rests there. */
function together({ merged, people }) {
  const all = people.map((id) => state.userOf(id).name);
  return html`<span title=${names(all)}>${rich(`note.${merged}.many`, { names: html`<b>${all.slice(0, 2).join(', ')}</b>`, n: people.length - 2 })}</span>`;
}

function noteText(notice) {
  const others = (notice.mentions ?? []).map((id) => state.userOf(id).name);
  const values = { who: bold(notice.user), others: html`<b>${names(others)}</b>`, text: html`<b>${notice.text}</b>`, message: pinned(notice) };
  if (notice.kind === 'topic' && !notice.text) return rich('note.topic.none', values);
  if (notice.kind === 'retention') return rich(notice.text ? 'note.retention' : 'note.retention.none', { ...values, n: Number(notice.text) });
  if (notice.kind === 'created' && state.roomOf(notice.room)?.kind === 'direct') return rich('note.created.direct', values);
  return rich(`note.${notice.kind}`, values);
}

/** What was pinned, as the way to it. */
const pinned = ({ room, reply_to: quote }) =>
  html`<button type="button" onClick=${() => quote && jump(room, quote.id)}>${t('note.pinned.message')}</button>`;
