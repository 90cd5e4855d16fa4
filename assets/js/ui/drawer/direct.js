// The details of a direct: the person, or the few, with whom one talks.
import { html, lazy, useRef } from '../../view.js';
import * as state from '../../state.js';
import { actions } from '../../actions.js';
import { pins } from '../../pins.js';
import { t } from '../../i18n.js';
import { Icon, RoomSign } from '../basics.js';
import { PersonFacts, SharedRooms } from '../person.js';
import { NOTIFY_ICON, openNotifyMenu, setNotify, setStarred } from '../notifylevel.js';
import { Member } from './member.js';

const NewestFiles = lazy(() => import('./newestfiles.js').then((module) => module.NewestFiles), 'files');

/** @param {{room: any, files: () => void}} props `files` shows all files */
export function DirectBody({ room, files }) {
  const others = state.othersOf(room);
  const one = others.length === 1 ? others[0] : null;
  const bell = useRef(null);
  const level = room.me?.notify ?? 'all';
  const pinned = pins.value.get(room.id)?.length ?? 0;
  const muted = level === 'none';
  return html`<div class="hero"><${RoomSign} room=${room} size="av-56" dot=${true} /><div><h3 class="utext">${state.titleOf(room)}</h3>
      <p>${one ? html`<bdi>@${one.username}</bdi> · ${t(`presence.${state.presenceOf(one.id)}`)}` : t('members.count', { n: room.users.length })}</p></div></div>
    <div class="quick">
      ${
        one
          ? html`<button aria-pressed=${muted ? 'true' : 'false'} onClick=${() => setNotify(room, muted ? 'all' : 'none')}><${Icon} name=${muted ? 'bell-off' : 'bell'} />${t(muted ? 'person.unmute' : 'person.mute')}</button>`
          : html`<button ref=${bell} aria-haspopup="menu" onClick=${() => openNotifyMenu(bell.current, room)}><${Icon} name=${NOTIFY_ICON[level]} />${t(`notify.short.${level}`)}</button>`
      }
      <button onClick=${() => actions.search({ room })}><${Icon} name="search" />${t('details.find')}</button>
      <button aria-pressed=${room.me?.starred ? 'true' : 'false'} onClick=${() => setStarred(room, !room.me?.starred)}><${Icon} name="arrow-up-down" />${t('details.top')}</button>
      ${pinned > 0 && html`<button aria-haspopup="dialog" onClick=${() => actions.pins(room)}><${Icon} name="pin" />${t('details.pins', { n: pinned })}</button>`}
    </div>
    ${one && html`<div class="facts"><${PersonFacts} user=${one} /></div><${SharedRooms} user=${one} heading="h4" />`}
    ${
      !one &&
      html`<section class="blk"><h4>${t('details.people')} <span>${room.users.length}</span></h4>
      ${[...others, state.me.value].map((user) => html`<${Member} key=${user.id} user=${user} room=${room} />`)}</section>`
    }
    <${NewestFiles} room=${room} all=${files} />`;
}
