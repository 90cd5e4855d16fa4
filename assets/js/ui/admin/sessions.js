// Administration: where everybody is signed in, and ending that.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import { actions } from '../../actions.js';
import { me } from '../../state.js';
import { ago, full } from '../../time.js';
import { t } from '../../i18n.js';
import { Avatar, Icon } from '../basics.js';
import { Listing } from './listing.js';
import { usePaged } from './paged.js';

/** The section. */
export function Sessions() {
  const [query, setQuery] = useState('');
  const sessions = usePaged(`/admin/sessions?limit=50&query=${encodeURIComponent(query.trim())}`, 'sessions', { typing: Boolean(query) });
  const people = new Map(sessions.page?.users.map((user) => [user.id, user]));
  return html`<div class="bar"><label class="findp"><span class="sr">${t('admin.people.find')}</span><${Icon} name="search" size="s" />
      <input class="f-i" type="search" value=${query} placeholder=${t('admin.people.find')} autocomplete="off" onInput=${(event) => setQuery(event.currentTarget.value)} /></label></div>
    <${Listing} of=${sessions} count=${sessions.page?.sessions.length} none=${t('admin.signedin.none')}>
      <ul class="card list signedin">${sessions.page?.sessions.map((session) => html`<${Session} key=${session.id} session=${session} user=${people.get(session.user)} changed=${sessions.again} />`)}</ul></${Listing}>`;
}

function Session({ session, user, changed }) {
  const self = user.id === me.value?.id;
  // Admins end those of members; owners everybody's. One's own are in the settings.
  const mine = !self && (me.value?.role === 'owner' || !['admin', 'owner'].includes(user.role));
  const device = session.device || t('devices.unknown');
  const ask = (key, path) =>
    actions.confirm({ title: t(`${key}.title`, { name: user.name }), text: t(`${key}.text`, { device }), verb: t('admin.endall.verb'), danger: true, run: async () => (await api('DELETE', path), changed()) });
  return html`<li class="line"><${Avatar} user=${user} dot=${user.active} />
    <span><b class="utext">${user.name}${self && session.current && html` <span class="chip chip-pine">${t('devices.this')}</span>`}</b>
      <small class="utext">${device}${session.kind === 'api' && html` <span class="chip">API</span>`}</small>
      <small><bdi>${session.address}</bdi> · <time datetime=${new Date(session.last_used_at).toISOString()} title=${full(session.last_used_at)}>${t('devices.used', { ago: ago(session.last_used_at) })}</time></small></span>
    ${
      mine &&
      html`<span class="ends"><button type="button" class="btn btn-q btn-s" aria-label=${t('admin.signedin.end.label', { name: user.name, device })} onClick=${() => ask('admin.signedin.end', `/admin/users/${user.id}/sessions/${session.id}`)}>${t('admin.signedin.end')}</button>
      <button type="button" class="ib" title=${t('admin.endall')} aria-label=${t('admin.signedin.all.label', { name: user.name })} onClick=${() => ask('admin.endall', `/admin/users/${user.id}/sessions`)}><${Icon} name="log-out" size="s" /></button></span>`
    }</li>`;
}
