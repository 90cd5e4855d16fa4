// Administration: the invitations that stand, one more, and taking one back.
import { html, lazy, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { actions } from '../../actions.js';
import { openDialog } from '../../layers.js';
import { ago, full } from '../../time.js';
import { roomOf, titleOf } from '../../state.js';
import { t } from '../../i18n.js';
import { Icon, sentence } from '../basics.js';
import { Failed } from './failed.js';

const NewInvite = lazy(() => import('./newinvite.js').then((module) => module.NewInvite), 'panels', 'admin', 'credentials');

/** The section. */
export function Invites() {
  const [invites, setInvites] = useState(null);
  const [people, setPeople] = useState(new Map());
  const [error, setError] = useState('');
  const load = async () => {
    try {
      const found = (await api('GET', '/invites')).invites;
      const makers = [...new Set(found.map((invite) => invite.created_by).filter(Boolean))].slice(0, 200);
      const users = makers.length ? (await api('GET', `/users?ids=${makers.join(',')}`)).users : [];
      setPeople(new Map(users.map((user) => [user.id, user])));
      setInvites(found);
      setError('');
    } catch (problem) {
      setError(sentence(problem));
    }
  };
  useEffect(() => void load(), []);
  return html`<div class="bar"><button type="button" class="btn btn-p" aria-haspopup="dialog" onClick=${() => openDialog(NewInvite, { made: load })}><${Icon} name="plus" size="s" />${t('admin.invites.make')}</button></div>
    <${Failed} error=${error} again=${!invites && load} />
    ${
      invites &&
      (invites.length
        ? html`<ul class="card list invites">${invites.map((invite) => html`<${Invite} key=${invite.id} invite=${invite} by=${people.get(invite.created_by)} changed=${load} />`)}</ul>`
        : html`<p class="mut">${t('admin.invites.none')}</p>`)
    }`;
}

function Invite({ invite, by, changed }) {
  const name = by?.name ?? t(invite.created_by ? 'admin.audit.nobody' : 'admin.audit.by.operator');
  const left = invite.uses === null ? t('admin.invites.unlimited', { n: invite.used }) : t('admin.invites.left', { n: invite.uses - invite.used, used: invite.used });
  // Of rooms that one is not in only the number is known.
  const known = invite.rooms.map(roomOf).filter(Boolean);
  const rooms = invite.rooms.length && [...known.map((room) => titleOf(room)), invite.rooms.length > known.length && t('admin.invites.rooms', { n: invite.rooms.length - known.length })].filter(Boolean).join(', ');
  const revoke = () =>
    actions.confirm({
      title: t('admin.invites.revoke.title'),
      text: t('admin.invites.revoke.text'),
      verb: t('admin.invites.revoke'),
      danger: true,
      run: async () => (await api('DELETE', `/invites/${invite.id}`), changed()),
    });
  return html`<li class="line"><span><b class="utext">${t('admin.invites.by', { name })}${invite.role !== 'member' && html` <span class="chip chip-honey">${t(`role.${invite.role}`)}</span>`}</b>
      <small>${left} · <time datetime=${new Date(invite.expires_at).toISOString()} title=${full(invite.expires_at)}>${t('admin.invites.until', { until: full(invite.expires_at) })}</time></small>
      <small class="utext">${[t('admin.invites.made', { ago: ago(invite.created_at) }), rooms].filter(Boolean).join(' · ')}</small></span>
    <button type="button" class="btn btn-q btn-s" aria-label=${t('admin.invites.revoke.label', { name })} onClick=${revoke}>${t('admin.invites.revoke')}</button></li>`;
}
