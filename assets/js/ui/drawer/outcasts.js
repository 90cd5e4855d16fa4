// Who was removed from a room for good, for its admins.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { attempt } from '../../actions.js';
import { t } from '../../i18n.js';
import { Avatar } from '../basics.js';

/** @param {{room: any}} props */
export function Outcasts({ room }) {
  const [list, setList] = useState([]);
  const load = () =>
    api('GET', `/rooms/${room.id}/bans`).then(
      (answer) => setList(answer.bans),
      () => {},
    );
  // Who is removed leaves the room: their number is what changes.
  useEffect(() => void load(), [room.id, room.member_count]);
  if (!list.length) return null;
  const lift = (user) => attempt(async () => (await api('DELETE', `/rooms/${room.id}/bans/${user.id}`), await load()));
  return html`<section class="blk"><h3>${t('outcasts.title')} <span>${list.length}</span></h3>
    ${list.map(({ user }) => html`<div class="pers" key=${user.id}><${Avatar} user=${user} /><span class="pn"><span class="name utext">${user.name}</span></span>
      <button type="button" class="btn btn-q btn-s" aria-label=${t('outcasts.lift.label', { name: user.name })} onClick=${() => lift(user)}>${t('outcasts.lift')}</button></div>`)}</section>`;
}
