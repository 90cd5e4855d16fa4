// Somebody: the card that opens by their name, and what of it the details of a direct show.
import { html, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import { go } from '../router.js';
import * as state from '../state.js';
import { statusOf } from '../status.js';
import { timeIn } from '../zone.js';
import { attempt, openDirect } from '../actions.js';
import { t } from '../i18n.js';
import { Dialog } from './overlay.js';
import { Avatar, Icon, RoomSign } from './basics.js';

/** Status, words and local time. @param {{user: any}} props */
export function PersonFacts({ user }) {
  const status = statusOf(user);
  const time = timeIn(user.time_zone);
  return html`${status && html`<p class="fact status"><span class="e" aria-hidden="true">${status.emoji || '💬'}</span><span class="utext">${status.text || status.emoji}</span></p>`}
    ${user.about && html`<p class="about utext">${user.about}</p>`}
    ${time && html`<p class="fact"><${Icon} name="clock" size="s" /><span>${t('person.time', { time: time.clock, apart: time.apart })}</span></p>`}`;
}

/** The rooms that both are in. @param {{user: any, heading: string, leave?: () => void}} props `heading`: h3 or h4, by what stands above */
export function SharedRooms({ user, heading, leave }) {
  const [ids, setIds] = useState(null);
  useEffect(() => {
    let here = true;
    api('GET', `/users/${user.id}/rooms`).then(
      (answer) => here && setIds(answer.rooms),
      () => {},
    );
    return () => (here = false);
  }, [user.id]);
  const rooms = (ids ?? []).map(state.roomOf).filter(Boolean);
  if (!rooms.length) return null;
  return html`<section class="blk"><${heading}>${t('person.rooms')} <span>${rooms.length}</span></${heading}>
    <ul class="shared">${rooms.map((room) => html`<li key=${room.id}><a class="row" href=${`/r/${room.id}`} onClick=${leave}><${RoomSign} room=${room} size="av-24" /><span class="nm">${room.name}</span></a></li>`)}</ul></section>`;
}

/** The card. @param {{id: number, close: () => void}} props */
export function PersonCard({ id, close }) {
  const user = state.userOf(id);
  const self = id === state.me.value?.id;
  const write = () => {
    close();
    attempt(() => openDirect([id]));
  };
  const edit = () => {
    close();
    go('/settings/profile');
  };
  const erased = !user.active;
  return html`<${Dialog} label=${user.name} close=${close} middle=${true} kind="form sm person">
    <header><${Avatar} user=${user} size="av-72" dot=${!erased} />
      <div><h2 class="utext">${user.name}</h2><p><bdi>@${user.username}</bdi>${!erased && html` · ${t(`presence.${state.presenceOf(id)}`)}`}</p>
        ${user.role !== 'member' && html`<span class=${`chip ${user.role === 'bot' ? '' : 'chip-pine'}`}>${t(`role.${user.role}`)}</span>`}</div>
      <button type="button" class="ib" aria-label=${t('action.close')} onClick=${close}><${Icon} name="x" /></button></header>
    ${erased ? html`<p class="mut">${t('person.gone')}</p>` : html`<${PersonFacts} user=${user} />`}
    ${!self && html`<${SharedRooms} user=${user} heading="h3" leave=${close} />`}
    <div class="acts">
      ${self && html`<button type="button" class="btn btn-q" onClick=${edit}><${Icon} name="pencil" size="s" />${t('person.edit')}</button>`}
      ${!self && !erased && html`<button type="button" class="btn btn-p" onClick=${write}><${Icon} name="message-circle" size="s" />${t('member.message')}</button>`}
    </div>
  </${Dialog}>`;
}
