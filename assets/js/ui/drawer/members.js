// Who is in a room: admins first, then who is there; with a field to find somebody among many.
import { html, useEffect, useState } from '../../view.js';
import * as state from '../../state.js';
import { nearest } from '../../near.js';
import { t } from '../../i18n.js';
import { Icon } from '../basics.js';
import { Member } from './member.js';

const MANY = 15;
const FIRST = 60;
const ORDER = { active: 0, away: 1, offline: 2 };

/** @param {{room: any, admin: boolean}} props */
export function Members({ room, admin }) {
  const [query, setQuery] = useState('');
  const [all, setAll] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    setFailed(false);
    state.loadMembers(room.id).catch(() => setFailed(true));
  }, [room.id, state.members.value.has(room.id)]);
  const list = sorted(state.members.value.get(room.id) ?? []);
  const words = query.trim().replace(/^@/, '');
  const found = words ? nearest(words, list, ({ user }) => [user.name, user.username]) : list;
  const shown = all || words ? found : found.slice(0, FIRST);
  return html`<section class="blk"><h4>${t('details.members')} <span>${room.member_count}</span></h4>
    ${list.length > MANY && html`<div class="fld"><${Icon} name="search" size="s" /><input value=${query} type="search" aria-label=${t('details.search')} placeholder=${t('details.search')} onInput=${(event) => setQuery(event.currentTarget.value)} /></div>`}
    ${failed && html`<p class="mut">${t('error.unknown')}</p>`}
    ${shown.map((member) => html`<${Member} key=${member.user.id} user=${member.user} role=${member.role} room=${room} admin=${admin} />`)}
    ${shown.length < found.length && html`<button class="btn btn-q btn-s" onClick=${() => setAll(true)}>${t('details.all', { n: found.length })}</button>`}
    ${words && !found.length && html`<p class="mut">${t('picker.none')}</p>`}
  </section>`;
}

const sorted = (list) =>
  [...list].sort(
    (a, b) =>
      (b.role === 'admin') - (a.role === 'admin') ||
      ORDER[state.presenceOf(a.user.id)] - ORDER[state.presenceOf(b.user.id)] ||
      a.user.name.localeCompare(b.user.name),
  );
