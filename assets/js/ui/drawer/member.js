// One person in the list of a room, with what may be done to them.
import { html, useRef } from '../../view.js';
import { api } from '../../api.js';
import * as state from '../../state.js';
import { openMenu } from '../../layers.js';
import { actions, attempt, details, openDirect } from '../../actions.js';
import { statusLine } from '../../status.js';
import { t } from '../../i18n.js';
import { phone } from '../../look.js';
import { Avatar, Icon } from '../basics.js';

/** @param {{user: any, role?: string, room: any, admin?: boolean}} props `admin`: whether oneself is one of the room */
export function Member({ user, role, room, admin }) {
  const self = user.id === state.me.value.id;
  const button = useRef(null);
  const writes = state.typists(room.id).includes(user.id);
  const open = () =>
    openMenu(button.current, t('member.actions', { name: user.name }), [
      { label: t('member.profile'), icon: 'user', run: () => actions.person(user.id) },
      !self && {
        label: t('member.message'),
        icon: 'message-circle',
        run: () => attempt(() => openDirect([user.id])).then(() => phone.value && (details.value = false)),
      },
      admin && null,
      admin && role !== 'admin' && { label: t('member.makeadmin'), icon: 'crown', run: () => changeRole(room, user, 'admin') },
      admin && role === 'admin' && { label: t('member.takeadmin'), icon: 'user-minus', run: () => changeRole(room, user, 'member') },
      admin && !self && { label: t('member.remove'), icon: 'door-open', danger: true, run: () => remove(room, user) },
      admin && !self && { label: t('member.ban'), icon: 'x', danger: true, run: () => banish(room, user) },
    ]);
  const line = writes ? t('side.typing') : statusLine(user) || t(`presence.${state.presenceOf(user.id)}`);
  return html`<div class="pers"><${Avatar} user=${user} dot=${true} />
    <span class="pn"><button type="button" class="name utext" onClick=${() => actions.person(user.id)}>${user.name}</button>${self && html` <span class="mut">${t('member.you')}</span>`}<small class="utext">${line}</small></span>
    ${role === 'admin' && html`<span class="chip chip-honey">${t('member.admin')}</span>`}${user.role === 'bot' && html`<span class="chip">${t('member.bot')}</span>`}
    ${room.kind !== 'direct' && html`<button class="ib" ref=${button} aria-haspopup="menu" aria-label=${t('member.actions', { name: user.name })} onClick=${open}><${Icon} name="ellipsis" size="s" /></button>`}
  </div>`;
}

const changeRole = (room, user, role) => attempt(() => api('PUT', `/rooms/${room.id}/members/${user.id}`, { role }));

function remove(room, user) {
  actions.confirm({
    title: t('member.remove.title', { name: user.name }),
    text: t('member.remove.text', { name: user.name, room: room.name }),
    verb: t('member.remove.verb'),
    danger: true,
    run: () => api('DELETE', `/rooms/${room.id}/members/${user.id}`),
  });
}

function banish(room, user) {
  actions.confirm({
    title: t('member.ban.title', { name: user.name }),
    text: t('member.ban.text', { name: user.name, room: room.name }),
    verb: t('member.remove.verb'),
    danger: true,
    run: () => api('PUT', `/rooms/${room.id}/bans/${user.id}`, {}),
  });
}
