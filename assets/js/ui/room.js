// A conversation: header, banner, messages and composer of the open room.
import { html, lazy, useEffect, useRef } from '../view.js';
import { back, connection, offline, readOnly, reconnectNow } from '../socket.js';
import * as state from '../state.js';
import { openTail, timelineOf } from '../timeline.js';
import { jump } from '../jump.js';
import { stale } from '../cache.js';
import { pageTitle, release } from '../reading.js';
import { loadReceipts } from '../receipts.js';
import { statusLine } from '../status.js';
import { names } from '../time.js';
import { t } from '../i18n.js';
import { api } from '../api.js';
import { actions, attempt, composing, details, lastRoom } from '../actions.js';
import { Avatar, Dots, Icon, RoomSign } from './basics.js';
import { MessageList } from './messages.js';
import { NOTIFY_ICON, openNotifyMenu } from './notifylevel.js';
import { PinBar } from './pinbar.js';
import { Composer } from './composer.js';

const BackBar = lazy(() => import('./search/backbar.js').then((module) => module.BackBar), 'finder');

/** @param {{room: any, at: any}} props `at` is the address, which may name a message to go to */
export function Conversation({ room, at }) {
  const target = at.message;
  const line = timelineOf(room.id);
  const title = state.titleOf(room);

  useEffect(() => {
    lastRoom.set(room.id);
    return () => {
      line.fresh.value = null;
      release(room.id);
      if (composing.value?.room === room.id && !composing.value.thread && !composing.value.edit) composing.value = null;
    };
  }, []);
  useEffect(() => {
    if (stale.value) return;
    // The line "new since" stands where reading ended, for as long as the room stays open.
    const read = room.me?.read_up_to ?? 0;
    line.fresh.value = room.me?.unread ? { after: read, at: 0 } : null;
  }, [stale.value]);
  useEffect(() => {
    if (target) jump(room.id, target).then((there) => !there && !line.items.value.length && openTail(line));
    else if (line.status.value === 'new' || line.status.value === 'error') openTail(line);
  }, [at]);
  useEffect(() => {
    if (line.status.value === 'new') openTail(line);
  }, [line.status.value]);
  // Told by events from here on; asked again after the connection came back.
  const online = connection.value === 'online';
  useEffect(() => {
    if (online) loadReceipts(room);
  }, [online]);
  useEffect(() => {
    pageTitle.value = `${title} · ${state.server.value?.name ?? 'Snug'}`;
  }, [title]);

  return html`<section class=${`conv ${room.kind === 'direct' && room.users.length <= 2 ? 'is-dm' : ''}`} aria-label=${title}>
    <${Head} room=${room} title=${title} />
    <${Banner} />
    ${history.state?.found && html`<${BackBar} />`}
    <${PinBar} room=${room} ready=${line.status.value === 'ready'} />
    <${MessageList} key=${room.id} room=${room} line=${line} title=${title} />
    <div class="base">
      <${Typing} room=${room} />
      ${state.mayPost(room) ? html`<${Composer} key=${room.id} room=${room} line=${line} title=${title} />` : html`<${Closed} room=${room} />`}
    </div>
  </section>`;
}

/** In place of the composer where one may only read. */
function Closed({ room }) {
  const back = () => attempt(() => api('PATCH', `/rooms/${room.id}`, { archived: false }));
  if (!room.archived) return html`<div class="closed"><${Icon} name="bell" size="s" /><span>${t('composer.announcements')}</span></div>`;
  return html`<div class="closed"><${Icon} name="archive" size="s" /><span>${t('composer.archived')}</span>
    ${room.me?.role === 'admin' && html`<button type="button" class="btn btn-q btn-s" onClick=${back}>${t('archive.back')}</button>`}</div>`;
}

function Head({ room, title }) {
  const direct = room.kind === 'direct';
  const others = direct ? state.othersOf(room) : [];
  const alone = others.length === 1 ? others[0] : null;
  const bell = useRef(null);
  const level = room.me?.notify ?? 'all';
  const toggle = () => (details.value = !details.value);
  const status = alone ? statusLine(alone) : '';
  const under = alone
    ? [t(`presence.${state.presenceOf(alone.id)}`), status].filter(Boolean).join(' · ')
    : direct
      ? t('members.count', { n: room.users.length })
      : room.topic;
  useEffect(() => {
    if (!direct && room.member_count <= 200) state.loadMembers(room.id).catch(() => {});
  }, [room.id]);
  const stack = (state.members.value.get(room.id) ?? []).filter((member) => member.user.id !== state.me.value.id).slice(0, 3);
  return html`<header class="head">
    <a class="ib back" href="/" aria-label=${t('room.back')}><${Icon} name="chevron-left" size="l" /></a>
    <${RoomSign} room=${room} size="av-36" dot=${true} />
    <div class="ttl"><h1 class="utext">${title}</h1>${under && html`<div class="topic utext">${under}</div>`}</div>
    <div class="acts">
      ${
        !direct &&
        html`<button class="mem" onClick=${toggle}>
        <span class="stack" aria-hidden="true">${stack.map(({ user }) => html`<${Avatar} key=${user.id} user=${user} size="av-24" one=${true} />`)}</span>
        ${room.member_count}<span class="sr"> ${t('room.members.open', { n: room.member_count })}</span>
      </button>`
      }
      <button class="ib" aria-label=${t('search.room')} title=${t('search.room')} onClick=${() => actions.search({ room })}><${Icon} name="search" /></button>
      <button class="ib hide-p" ref=${bell} aria-haspopup="menu" aria-label=${t('notify.state', { level: t(`notify.${level}`).toLocaleLowerCase() })} onClick=${() => openNotifyMenu(bell.current, room)}><${Icon} name=${NOTIFY_ICON[level]} /></button>
      <button class="ib" id="details-toggle" aria-label=${t(direct ? 'details.direct' : 'details.room')} aria-expanded=${details.value ? 'true' : 'false'} onClick=${toggle}><${Icon} name="panel-right" /></button>
    </div>
  </header>`;
}

function Banner() {
  if (back.value) return html`<div class="banner ok" role="status"><${Icon} name="check" /><span>${t('banner.back')}</span></div>`;
  if (!offline.value) return readOnly.value && html`<div class="banner" role="alert"><${Icon} name="circle-alert" /><span>${t('banner.readonly')}</span></div>`;
  return html`<div class="banner" role="alert"><${Icon} name="wifi-off" /><span>${t(connection.value === 'restarting' ? 'banner.restarting' : 'banner.offline')}</span>
    <button type="button" onClick=${reconnectNow}>${t('banner.retry')}</button></div>`;
}

/** Who writes at this moment; its height is fixed, so that nothing moves. */
function Typing({ room }) {
  const writers = state.typists(room.id);
  const people = writers.map((id) => state.userOf(id).name.split(' ')[0]);
  const text = !people.length ? '' : people.length <= 2 ? t('typing.names', { n: people.length, names: names(people) }) : t('typing.many');
  return html`<div class="typing">${text && html`<${Dots} />${text}`}</div>`;
}
