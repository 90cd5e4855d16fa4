// The sidebar: brand, jump field, rooms, people and one's own row; on a phone the whole first pane.
import { html, useRef } from '../view.js';
import { go, route } from '../router.js';
import * as state from '../state.js';
import { waiting } from '../drafts.js';
import { quiet } from '../mysettings.js';
import { isDark, phone, setTheme } from '../look.js';
import { statusLine } from '../status.js';
import { short } from '../time.js';
import { t } from '../i18n.js';
import { openMenu } from '../layers.js';
import { threads, threadNews } from '../threads.js';
import { plain } from '../text.js';
import { actions } from '../actions.js';
import { Avatar, Dots, Icon, Mark, RoomSign } from './basics.js';

/** @param {{list: boolean}} props whether it is the only pane, on a phone */
export function Sidebar({ list }) {
  const title = state.server.value?.name ?? 'Snug';
  const alone = list && phone.value;
  const Tag = alone ? 'main' : 'nav';
  const plus = useRef(null);
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const newMenu = () =>
    openMenu(plus.current, t('side.new'), [
      { label: t('side.new.direct'), icon: 'message-circle', run: actions.newDirect },
      { label: t('side.new.room'), icon: 'message-square-plus', run: actions.newRoom },
      { label: t('side.browse'), icon: 'compass', run: () => go('/rooms') },
      actions.mayInvite() && { label: t('side.invite'), icon: 'user-plus', run: actions.invite },
      actions.mayInvite() && { label: t('admin.title'), icon: 'shield', run: () => go('/admin') },
      state.attention.value.rooms > 0 && null,
      state.attention.value.rooms > 0 && { label: t('readall.menu'), icon: 'check-check', run: actions.readAll },
    ]);
  return html`<${Tag} class="side" id="side" aria-label=${t('side.label')} tabindex="-1">
    <div class="brand">
      <${Mark} />${alone ? html`<h1 class="bn">${title}</h1>` : html`<div class="bn">${title}</div>`}
      <button class="ib" ref=${plus} aria-haspopup="menu" aria-label=${t('side.new')} onClick=${newMenu}><${Icon} name="message-square-plus" /></button>
    </div>
    <button class="jump" onClick=${actions.switcher}><${Icon} name="search" size="s" />${t('side.jump')}${!phone.value && html`<kbd>${mac ? '⌘ K' : 'Ctrl K'}</kbd>`}</button>
    <div class="rooms"><${SearchEntry} /><${MentionsEntry} /><${ThreadsEntry} /><${SavedEntry} /><${Rooms} /><${People} /></div>
    <${Me} />
    ${alone && html`<${Tabs} />`}
  </${Tag}>`;
}

/** Everything that was said, to be found again. */
const SearchEntry = () => html`<a class="row view" href="/search" aria-current=${route.value.name === 'search' && !phone.value ? 'page' : null}>
  <span class="av av-24 tile h5" aria-hidden="true"><${Icon} name="search" size="s" /></span>
  <span class="nmw"><span class="nm">${t('search.title')}</span></span>
</a>`;

/** Messages that call one, in all rooms. */
function MentionsEntry() {
  const calls = state.mentionCount.value;
  const here = route.value.name === 'mentions';
  return html`<a class=${`row view ${calls ? 'unread' : ''}`} href="/mentions" aria-current=${here && !phone.value ? 'page' : null}>
    <span class="av av-24 tile h2" aria-hidden="true"><${Icon} name="at-sign" size="s" /></span>
    <span class="nmw"><span class="nm">${t('side.mentionsview')}</span></span>
    <span class="end">${calls > 0 && html`<${Count} n=${calls} label=${t('side.mentions', { n: calls })} />`}</span>
  </a>`;
}

const Count = ({ n, label }) =>
  html`<span class="badge"><span aria-hidden="true">${n > 99 ? '99+' : n}</span><span class="sr">${label}</span></span>`;

/** Threads that one follows, once there is one. */
function ThreadsEntry() {
  const here = route.value.name === 'threads';
  if (!threads.value.size && !here) return null;
  const { unread, mentions } = threadNews.value;
  return html`<a class=${`row view ${unread ? 'unread' : ''}`} href="/threads" aria-current=${here && !phone.value ? 'page' : null}>
    <span class="av av-24 tile h3" aria-hidden="true"><${Icon} name="message-circle" size="s" /></span>
    <span class="nmw"><span class="nm">${t('side.threads')}</span></span>
    <span class="end">${mentions > 0 ? html`<${Count} n=${mentions} label=${t('side.mentions', { n: mentions })} />` : unread > 0 && html`<span class="dot"></span><span class="sr">${t('side.unread')}</span>`}</span>
  </a>`;
}

/** What one keeps for later, once there is something. */
function SavedEntry() {
  const here = route.value.name === 'saved';
  if (!state.saved.value.size && !here) return null;
  return html`<a class="row view" href="/saved" aria-current=${here && !phone.value ? 'page' : null}>
    <span class="av av-24 tile h4" aria-hidden="true"><${Icon} name="star" size="s" /></span>
    <span class="nmw"><span class="nm">${t('saved.title')}</span></span>
  </a>`;
}

function Rooms() {
  const list = state.roomList.value;
  return html`<div class="sec">
      <h2 class="t" id="side-rooms">${t('side.rooms')}</h2>
      <a class="ib" href="/rooms" aria-label=${t('side.rooms.add')}><${Icon} name="plus" size="s" /></a>
    </div>
    <ul aria-labelledby="side-rooms">${list.map((room) => html`<li key=${room.id}><${Row} room=${room} /></li>`)}</ul>
    ${!list.length && html`<p class="side-empty">${t('side.rooms.none')} <button type="button" onClick=${actions.newRoom}>${t('side.rooms.make')}</button></p>`}`;
}

function People() {
  const list = state.directList.value;
  return html`<div class="sec">
      <h2 class="t" id="side-people">${t('side.people')}</h2>
      <button class="ib" aria-label=${t('side.people.add')} onClick=${actions.newDirect}><${Icon} name="plus" size="s" /></button>
    </div>
    <ul aria-labelledby="side-people">${list.map((room) => html`<li key=${room.id}><${Row} room=${room} /></li>`)}</ul>
    ${!list.length && html`<p class="side-empty">${t('side.people.none')}</p>`}`;
}

function Row({ room }) {
  const here = route.value.name === 'room' && route.value.room === room.id;
  const current = here && !phone.value;
  const calls = state.callsOf(room);
  const unread = state.isUnread(room);
  const muted = room.me?.notify === 'none';
  const writers = state.typists(room.id);
  const draft = !here && waiting.value.get(room.id);
  return html`<a class=${`row ${unread ? 'unread' : ''} ${muted ? 'muted' : ''}`} href=${`/r/${room.id}`} data-room=${room.id} aria-current=${current ? 'page' : null}>
    <${RoomSign} room=${room} size="av-24" dot=${true} />
    <span class="nmw"><span class="nm">${state.titleOf(room)}</span><span class="pv">${preview(room, writers, draft)}</span></span>
    <span class="end">
      ${room.last_message && html`<span class="tm">${short(room.last_message.at)}</span>`}
      ${ending(room, { calls, unread, muted, writers, draft, current })}
    </span>
  </a>`;
}

function ending(room, { calls, unread, muted, writers, draft, current }) {
  if (calls) {
    const label = t(room.kind === 'direct' ? 'side.unread.count' : 'side.mentions', { n: calls });
    return html`<${Count} n=${calls} label=${label} />`;
  }
  if (writers.length && !current) return html`<${Dots} /><span class="sr">${t('side.typing')}</span>`;
  if (unread) return html`<span class="dot"></span><span class="sr">${t('side.unread')}</span>`;
  if (draft) return html`<span class="draft"><${Icon} name="pencil" size="xs" /></span><span class="sr">${t('side.draft')}</span>`;
  if (room.archived) return html`<${Icon} name="archive" size="xs" /><span class="sr">${t('side.archived')}</span>`;
  if (muted) return html`<${Icon} name="bell-off" size="xs" /><span class="sr">${t('side.muted')}</span>`;
  if (room.kind === 'private') return html`<${Icon} name="lock" size="xs" /><span class="sr">${t('side.private')}</span>`;
  return null;
}

function preview(room, writers, draft) {
  if (writers.length) return t('side.typing');
  if (draft) return t('side.draft.text', { text: draft.slice(0, 80) });
  const last = room.last_message;
  if (!last) return room.topic ?? '';
  const text = plain(last.preview) || t('message.deleted');
  if (last.user === state.me.value.id) return t('side.preview.you', { text });
  return room.kind === 'direct' && room.users.length <= 2
    ? text
    : t('side.preview', { name: state.userOf(last.user).name.split(' ')[0], text });
}

function Me() {
  const me = state.me.value;
  if (!me) return null;
  return html`<div class="me">
    <button type="button" class="self" aria-haspopup="dialog" onClick=${actions.status}><${Avatar} user=${me} dot=${true} />
    <span class="nmw"><b>${me.name}</b><small>${statusLine(me) || t(`presence.${state.presenceOf(me.id)}`)}</small></span><span class="sr">, ${t('status.open')}</span></button>
    ${quiet() > 0 && html`<a class="ib quiet" href="/settings/notifications" aria-label=${t('notify.dnd.badge')} title=${t('notify.dnd.badge')}><${Icon} name="bell-off" size="s" /></a>`}
    <button class="ib" aria-label=${t('side.theme')} onClick=${() => setTheme(isDark() ? 'light' : 'dark')}><${Icon} name=${isDark() ? 'sun' : 'moon'} /></button>
    <a class="ib" href="/settings" aria-label=${t('side.settings')}><${Icon} name="settings" /></a>
  </div>`;
}

/** The tabs at the bottom edge of a phone: only what exists. @param {{sheet?: boolean}} props */
export function Tabs({ sheet }) {
  const calls = state.attention.value.calls || state.attention.value.rooms;
  const you = route.value.name === 'settings';
  const called = route.value.name === 'mentions';
  const mentions = state.mentionCount.value;
  return html`<nav class=${`tabs ${sheet ? 'in-sheet' : ''}`} aria-label=${t('tabs.label')}>
    <a href="/" aria-current=${you || called ? null : 'page'}><${Icon} name="message-circle" size="l" />${t('tabs.chats')}${calls > 0 && html`<span class="badge">${calls}<span class="sr"> ${t('side.unread')}</span></span>`}</a>
    <a href="/mentions" aria-current=${called ? 'page' : null}><${Icon} name="at-sign" size="l" />${t('tabs.mentions')}${mentions > 0 && html`<span class="badge">${mentions > 99 ? '99+' : mentions}<span class="sr"> ${t('side.unread')}</span></span>`}</a>
    <a href="/settings" aria-current=${you ? 'page' : null}><${Icon} name="user" size="l" />${t('tabs.you')}</a>
  </nav>`;
}
