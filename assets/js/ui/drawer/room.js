// The details of a room: what it is for, what one may do there, who is in it, and leaving it.
import { html, lazy, useRef } from '../../view.js';
import { api } from '../../api.js';
import { actions, attempt, forgetRoom, leaveRoom } from '../../actions.js';
import { pins } from '../../pins.js';
import { server } from '../../state.js';
import { t } from '../../i18n.js';
import { Icon, RoomSign } from '../basics.js';
import { Members } from './members.js';
import { Outcasts } from './outcasts.js';
import { Rules } from './rules.js';
import { NOTIFY_ICON, openNotifyMenu, setStarred } from '../notifylevel.js';

const NewestFiles = lazy(() => import('./newestfiles.js').then((module) => module.NewestFiles), 'files');

/** @param {{room: any, files: () => void}} props `files` shows all files */
export function RoomBody({ room, files }) {
  const admin = room.me?.role === 'admin';
  const open = !room.archived;
  const bell = useRef(null);
  const level = room.me?.notify ?? 'all';
  const pinned = pins.value.get(room.id)?.length ?? 0;
  return html`<div class="hero"><${RoomSign} room=${room} size="av-56" /><div><h3 class="utext">${room.name}</h3><p class="utext">${room.topic || t(`room.kind.${room.kind}`)}</p></div></div>
    ${room.description && html`<p class="about utext">${room.description}</p>`}
    ${kept(room) && html`<p class="about">${t('details.kept', { n: kept(room) })}</p>`}
    <div class="quick">
      ${open && html`<button onClick=${() => actions.addMembers(room)}><${Icon} name="user-plus" />${t('details.add')}</button>`}
      ${actions.mayInvite() && open && html`<button onClick=${() => actions.invite(room)}><${Icon} name="link" />${t('details.invite')}</button>`}
      <button ref=${bell} aria-haspopup="menu" onClick=${() => openNotifyMenu(bell.current, room)}><${Icon} name=${NOTIFY_ICON[level]} />${t(`notify.short.${level}`)}</button>
      <button onClick=${() => actions.search({ room })}><${Icon} name="search" />${t('details.find')}</button>
      <button aria-pressed=${room.me?.starred ? 'true' : 'false'} onClick=${() => setStarred(room, !room.me?.starred)}><${Icon} name="arrow-up-down" />${t('details.top')}</button>
      ${pinned > 0 && html`<button aria-haspopup="dialog" onClick=${() => actions.pins(room)}><${Icon} name="pin" />${t('details.pins', { n: pinned })}</button>`}
      ${admin && open && html`<button onClick=${() => actions.editRoom(room)}><${Icon} name="pencil" />${t('details.edit')}</button>`}
    </div>
    <${Members} room=${room} admin=${admin} />
    ${admin && html`<${Outcasts} room=${room} />`}
    <${NewestFiles} room=${room} all=${files} />
    ${admin && open && html`<${Rules} room=${room} />`}
    <section class="stackv">
      ${admin && html`<button class="btn btn-q" onClick=${() => archive(room)}><${Icon} name=${room.archived ? 'archive-restore' : 'archive'} />${t(room.archived ? 'details.unarchive' : 'details.archive')}</button>`}
      <button class="btn btn-d" onClick=${() => leaveRoom(room)}><${Icon} name="door-open" />${t('details.leave')}</button>
      ${admin && html`<button class="btn btn-d" onClick=${() => remove(room)}><${Icon} name="trash-2" />${t('details.delete')}</button>`}
    </section>`;
}

/** Days after which what is said here is removed; none for ever. */
function kept({ retention_days: own }) {
  const days = [own, server.value.retention_days].filter(Boolean);
  return days.length ? Math.min(...days) : null;
}

function archive(room) {
  if (room.archived) return attempt(() => api('PATCH', `/rooms/${room.id}`, { archived: false }));
  actions.confirm({
    title: t('archive.title', { room: room.name }),
    text: t('archive.text'),
    verb: t('archive.verb'),
    run: () => api('PATCH', `/rooms/${room.id}`, { archived: true }),
  });
}

function remove(room) {
  actions.confirm({
    title: t('deleteroom.title', { room: room.name }),
    text: t('deleteroom.text', { n: room.member_count }),
    verb: t('deleteroom.verb'),
    danger: true,
    run: async () => {
      await api('DELETE', `/rooms/${room.id}`);
      forgetRoom(room.id);
    },
  });
}
