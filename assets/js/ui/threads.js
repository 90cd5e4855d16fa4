// The threads that one follows, the latest answer first.
import { html, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import * as state from '../state.js';
import { threads } from '../threads.js';
import { jumpIntoThread } from '../jump.js';
import { full, short } from '../time.js';
import { t } from '../i18n.js';
import { gist } from '../kinds.js';
import { Avatar, Empty, Icon, RoomSign } from './basics.js';

/** The view at /threads. */
export function Threads() {
  const [list, setList] = useState(null);
  const [next, setNext] = useState(null);
  const [failed, setFailed] = useState(false);
  const load = async (cursor) => {
    setFailed(false);
    try {
      const page = await api('GET', `/me/threads?limit=50${cursor ? `&cursor=${cursor}` : ''}`);
      state.addUsers(page.users);
      setList((before) => (cursor ? [...(before ?? []), ...page.threads] : page.threads));
      setNext(page.next);
    } catch {
      setFailed(true);
    }
  };
  // An answer anywhere may change the order.
  const newest = Math.max(0, ...[...threads.value.values()].map((thread) => thread.last ?? 0));
  useEffect(() => void load(), [newest, threads.value.size]);
  const shown = (list ?? []).filter(({ root, me }) => state.rooms.value.has(root.room) && threads.value.get(root.id)?.following !== false && me);
  return html`<div class="page one"><div class="pane">
    <header><a class="ib back" href="/" aria-label=${t('room.back')}><${Icon} name="chevron-left" size="l" /></a>
      <div><h1>${t('threads.title')}</h1><p>${t('threads.text')}</p></div></header>
    ${failed && html`<${Empty} title=${t('messages.failed')}><button class="btn btn-q" onClick=${() => load()}>${t('action.retry')}</button></${Empty}>`}
    ${list && !shown.length && !failed && html`<${Empty} sign=${html`<span class="av av-56 tile h3" aria-hidden="true"><${Icon} name="message-circle" size="l" /></span>`} title=${t('threads.none')} text=${t('threads.none.text')} />`}
    ${shown.length > 0 && html`<ul class="card list" aria-label=${t('threads.title')}>${shown.map(({ root, me }) => html`<${Line} key=${root.id} root=${root} me=${threads.value.get(root.id) ?? me} />`)}</ul>`}
    ${next && html`<button class="btn btn-q" onClick=${() => load(next)}>${t('threads.more')}</button>`}
  </div></div>`;
}

function Line({ root, me }) {
  const room = state.rooms.value.get(root.room);
  const author = state.userOf(root.user);
  const text = root.deleted ? t('message.deleted') : gist(root);
  return html`<li class="line thl">
    <button type="button" class="thl-b" onClick=${() => jumpIntoThread(root.room, root.id)}>
      <${RoomSign} room=${room} />
      <span class="thl-t"><small>${t('threads.in', { room: state.titleOf(room) })}</small><b>${author.name}: ${text}</b>
        <small><span class="stack" aria-hidden="true">${root.thread_users.slice(0, 3).map((id) => html`<${Avatar} key=${id} user=${state.userOf(id)} size="av-24" one=${true} />`)}</span>
          ${t('thread.count', { n: root.thread_count })}${root.thread_at && html` · <time title=${full(root.thread_at)}>${short(root.thread_at)}</time>`}</small></span>
      ${me.mentions > 0 ? html`<span class="badge"><span aria-hidden="true">${me.mentions}</span><span class="sr">${t('side.mentions', { n: me.mentions })}</span></span>` : me.unread > 0 && html`<span class="dot"></span><span class="sr">${t('side.unread.count', { n: me.unread })}</span>`}
    </button>
  </li>`;
}
