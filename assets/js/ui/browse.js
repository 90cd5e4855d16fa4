// Public rooms to look through, and the page of a room that one is not in.
import { html, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import { go, route } from '../router.js';
import * as state from '../state.js';
import { fold } from '../fold.js';
import { t } from '../i18n.js';
import { actions, attempt } from '../actions.js';
import { Empty, Icon, RoomSign } from './basics.js';

/** @param {any} room @returns {Promise<void>} */
async function join(room) {
  const joined = await attempt(() => api('POST', `/rooms/${room.id}/join`, {}));
  if (!joined) return;
  state.putRoom(joined);
  // Who came by a link to a message is shown that message.
  if (route.value.room !== joined.id) go(`/r/${joined.id}`);
}

/** All public rooms. */
export function Browse() {
  const [rooms, setRooms] = useState(null);
  const [query, setQuery] = useState('');
  const [failed, setFailed] = useState(false);
  const load = async () => {
    setFailed(false);
    try {
      const all = [];
      let cursor = '';
      do {
        const page = await api('GET', `/rooms?scope=public&limit=200${cursor}`);
        all.push(...page.rooms);
        cursor = page.next ? `&cursor=${page.next}` : '';
      } while (cursor && all.length < 2000);
      setRooms(all);
    } catch {
      setFailed(true);
    }
  };
  // Joining and leaving elsewhere changes which rooms are mine.
  useEffect(() => void load(), [state.roomList.value.length]);
  const words = fold(query.trim());
  const shown = (rooms ?? [])
    .filter((room) => !room.archived && fold(`${room.name} ${room.topic ?? ''}`).includes(words))
    .sort((a, b) => b.member_count - a.member_count);
  // What was put away is found here, one's private rooms too.
  const away = [...new Map([...(rooms ?? []), ...state.rooms.value.values()].map((room) => [room.id, room])).values()]
    .filter((room) => room.archived && fold(`${room.name} ${room.topic ?? ''}`).includes(words))
    .sort((a, b) => a.name.localeCompare(b.name));
  return html`<div class="page one"><div class="pane">
    <header><a class="ib back" href="/" aria-label=${t('room.back')}><${Icon} name="chevron-left" size="l" /></a>
      <div><h1>${t('browse.title')}</h1><p>${t('browse.text')}</p></div>
      <div class="sp"><button class="btn btn-p" onClick=${actions.newRoom}><${Icon} name="plus" size="s" />${t('browse.new')}</button></div></header>
    <div class="bar"><div class="fld"><${Icon} name="search" size="s" /><input value=${query} type="search" aria-label=${t('browse.search')} placeholder=${t('browse.search')} onInput=${(event) => setQuery(event.currentTarget.value)} /></div></div>
    ${failed && html`<${Empty} title=${t('messages.failed')}><button class="btn btn-q" onClick=${load}>${t('action.retry')}</button></${Empty}>`}
    ${rooms && !shown.length && !(words && away.length) && html`<${Empty} title=${t(words ? 'browse.nothing' : 'browse.none')} text=${words ? '' : t('browse.none.text')} />`}
    ${shown.length > 0 && html`<ul class="card list" aria-label=${t('browse.title')}>${shown.map((room) => html`<${Line} key=${room.id} room=${room} />`)}</ul>`}
    ${away.length > 0 && html`<h2 class="h">${t('browse.archived')}</h2><ul class="card list" aria-label=${t('browse.archived')}>${away.map((room) => html`<${Line} key=${room.id} room=${room} />`)}</ul>`}
  </div></div>`;
}

function Line({ room }) {
  const mine = state.rooms.value.has(room.id);
  return html`<li class="line"><${RoomSign} room=${room} />
    <span><b>${room.name}</b><small>${[t('members.count', { n: room.member_count }), room.topic].filter(Boolean).join(' · ')}</small></span>
    ${room.kind === 'private' && html`<${Icon} name="lock" size="s" />`}
    ${mine && html`<a class="btn btn-q btn-s" href=${`/r/${room.id}`} aria-label=${t('browse.open.room', { room: room.name })}>${t('browse.open')}</a>`}
    ${!mine && !room.archived && html`<button class="btn btn-p btn-s" aria-label=${t('browse.join.room', { room: room.name })} onClick=${() => join(room)}>${t('browse.join')}</button>`}
  </li>`;
}

/** A room that one is not a member of: its front door, or that there is none. @param {{id: number}} props */
export function Outside({ id }) {
  const [room, setRoom] = useState(undefined);
  const load = () => {
    setRoom(undefined);
    api('GET', `/rooms/${id}`).then(
      (found) => (found.me ? state.putRoom(found) : setRoom(found)),
      (error) => setRoom(error.status ? null : 'offline'),
    );
  };
  useEffect(load, [id]);
  const backLink = html`<a class="ib back" href="/" aria-label=${t('room.back')}><${Icon} name="chevron-left" size="l" /></a>`;
  if (room === undefined) return html`<div class="join" aria-busy="true"></div>`;
  if (room === 'offline')
    return html`<div class="join"><${Empty} level=${1} title=${t('messages.failed')} text=${t('error.offline')}><button class="btn btn-q" onClick=${load}>${t('action.retry')}</button></${Empty}></div>`;
  if (!room)
    return html`<div class="join"><${Empty} level=${1} sign=${html`<span class="av av-56 tile h2" aria-hidden="true"><${Icon} name="lock" size="l" /></span>`} title=${t('gone.title')} text=${t('gone.text')}>
    <a class="btn btn-q" href="/">${t('gone.back')}</a></${Empty}></div>`;
  return html`<div class="join"><${Empty} level=${1} sign=${html`<${RoomSign} room=${room} size="av-56" />`} title=${room.name} text=${room.topic}>
    ${room.description && html`<p class="about utext">${room.description}</p>`}
    <p>${t('members.count', { n: room.member_count })}</p>
    <button class="btn btn-p" onClick=${() => join(room)}>${t('browse.join.room', { room: room.name })}</button>
    <a class="btn btn-q" href="/rooms">${t('side.browse')}</a>
  </${Empty}></div>`;
}
