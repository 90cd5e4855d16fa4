// The details of a conversation: who is in it, what it is, and leaving it.
import { html, useEffect, useRef, useState } from '../view.js';
import { api } from '../api.js';
import * as state from '../state.js';
import { openMenu } from '../layers.js';
import { actions, attempt, details, forgetRoom, leaveRoom, openDirect } from '../actions.js';
import { fold } from '../fold.js';
import { t } from '../i18n.js';
import { phone, wide } from '../look.js';
import { Avatar, Icon, RoomSign } from './basics.js';

const MANY = 15;
const FIRST = 60;

/** @param {{room: any}} props */
export function Drawer({ room }) {
  const box = useRef(null);
  const direct = room.kind === 'direct';
  useEffect(() => {
    // Beside the conversation it takes no focus; over it, it does.
    if (!wide.value) box.current?.querySelector('button')?.focus();
  }, []);
  const close = () => {
    details.value = false;
    document.getElementById('details-toggle')?.focus();
  };
  const onKeyDown = (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  return html`<aside class="drawer" aria-label=${t(direct ? 'details.direct' : 'details.room')} ref=${box} onKeyDown=${onKeyDown}>
    <div class="dh"><h2>${t(direct ? 'details.direct' : 'details.room')}</h2>
      <button class="ib" aria-label=${t('details.close')} onClick=${close}><${Icon} name="x" /></button></div>
    <div class="db" tabindex="-1">${direct ? html`<${DirectBody} room=${room} />` : html`<${RoomBody} room=${room} />`}</div>
  </aside>`;
}

function DirectBody({ room }) {
  const others = state.othersOf(room);
  const one = others.length === 1 ? others[0] : null;
  return html`<div class="hero"><${RoomSign} room=${room} size="av-56" /><div><h3>${state.titleOf(room)}</h3>
      <p>${one ? `@${one.username}` : t('members.count', { n: room.users.length })}</p></div></div>
    ${one?.status && html`<p>${one.status.emoji} ${one.status.text}</p>`}
    <section class="blk"><h4>${t('details.people')} <span>${room.users.length}</span></h4>
      ${[...others, state.me.value].map((user) => html`<${Person} key=${user.id} user=${user} room=${room} />`)}</section>`;
}

function RoomBody({ room }) {
  const admin = room.me?.role === 'admin';
  const [query, setQuery] = useState('');
  const [all, setAll] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    setFailed(false);
    state.loadMembers(room.id).catch(() => setFailed(true));
  }, [room.id, state.members.value.has(room.id)]);
  const list = sorted(state.members.value.get(room.id) ?? []);
  const words = fold(query.trim());
  const found = words ? list.filter(({ user }) => fold(`${user.name} ${user.username}`).includes(words)) : list;
  const shown = all || words ? found : found.slice(0, FIRST);

  return html`<div class="hero"><${RoomSign} room=${room} size="av-56" /><div><h3>${room.name}</h3><p>${room.topic || t(`room.kind.${room.kind}`)}</p></div></div>
    <div class="quick">
      ${!room.archived && html`<button onClick=${() => actions.addMembers(room)}><${Icon} name="user-plus" />${t('details.add')}</button>`}
      ${actions.mayInvite() && !room.archived && html`<button onClick=${() => actions.invite(room)}><${Icon} name="link" />${t('details.invite')}</button>`}
      ${admin && !room.archived && html`<button onClick=${() => actions.editRoom(room)}><${Icon} name="pencil" />${t('details.edit')}</button>`}
    </div>
    <section class="blk"><h4>${t('details.members')} <span>${room.member_count}</span></h4>
      ${list.length > MANY && html`<div class="fld"><${Icon} name="search" size="s" /><input value=${query} aria-label=${t('details.search')} placeholder=${t('details.search')} onInput=${(event) => setQuery(event.currentTarget.value)} /></div>`}
      ${failed && html`<p class="mut">${t('error.unknown')}</p>`}
      ${shown.map((member) => html`<${Person} key=${member.user.id} user=${member.user} role=${member.role} room=${room} admin=${admin} />`)}
      ${shown.length < found.length && html`<button class="btn btn-q btn-s" onClick=${() => setAll(true)}>${t('details.all', { n: found.length })}</button>`}
      ${words && !found.length && html`<p class="mut">${t('picker.none')}</p>`}
    </section>
    <section class="stackv">
      ${admin && html`<button class="btn btn-q" onClick=${() => archive(room)}><${Icon} name=${room.archived ? 'archive-restore' : 'archive'} />${t(room.archived ? 'details.unarchive' : 'details.archive')}</button>`}
      <button class="btn btn-d" onClick=${() => leaveRoom(room)}><${Icon} name="door-open" />${t('details.leave')}</button>
      ${admin && html`<button class="btn btn-d" onClick=${() => remove(room)}><${Icon} name="trash-2" />${t('details.delete')}</button>`}
    </section>`;
}

const ORDER = { active: 0, away: 1, offline: 2 };
const sorted = (list) =>
  [...list].sort(
    (a, b) =>
      (b.role === 'admin') - (a.role === 'admin') ||
      ORDER[state.presenceOf(a.user.id)] - ORDER[state.presenceOf(b.user.id)] ||
      a.user.name.localeCompare(b.user.name),
  );

function Person({ user, role, room, admin }) {
  const self = user.id === state.me.value.id;
  const button = useRef(null);
  const writes = state.typists(room.id).includes(user.id);
  const status = user.status ? `${user.status.emoji ?? ''} ${user.status.text ?? ''}`.trim() : '';
  const open = () =>
    openMenu(button.current, t('member.actions', { name: user.name }), [
      !self && {
        label: t('member.message'),
        icon: 'message-circle',
        run: () => attempt(() => openDirect([user.id])).then(() => phone.value && (details.value = false)),
      },
      admin && role !== 'admin' && { label: t('member.makeadmin'), icon: 'crown', run: () => changeRole(room, user, 'admin') },
      admin && role === 'admin' && { label: t('member.takeadmin'), icon: 'user', run: () => changeRole(room, user, 'member') },
      admin && !self && null,
      admin && !self && { label: t('member.remove'), icon: 'user-minus', danger: true, run: () => removeMember(room, user) },
    ]);
  return html`<div class="pers"><${Avatar} user=${user} dot=${true} />
    <span class="pn"><b>${user.name}${self && html` <span class="mut">${t('member.you')}</span>`}</b><small>${writes ? t('side.typing') : status || t(`presence.${state.presenceOf(user.id)}`)}</small></span>
    ${role === 'admin' && html`<span class="chip chip-honey">${t('member.admin')}</span>`}${user.role === 'bot' && html`<span class="chip">${t('member.bot')}</span>`}
    ${(!self || admin) && room.kind !== 'direct' && html`<button class="ib" ref=${button} aria-haspopup="menu" aria-label=${t('member.actions', { name: user.name })} onClick=${open}><${Icon} name="ellipsis" size="s" /></button>`}
  </div>`;
}

const changeRole = (room, user, role) => attempt(() => api('PUT', `/rooms/${room.id}/members/${user.id}`, { role }));

function removeMember(room, user) {
  actions.confirm({
    title: t('member.remove.title', { name: user.name }),
    text: t('member.remove.text', { name: user.name, room: room.name }),
    verb: t('member.remove.verb'),
    danger: true,
    run: () => api('DELETE', `/rooms/${room.id}/members/${user.id}`),
  });
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
