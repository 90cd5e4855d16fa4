// Administration: everybody with an account, found by name, and who is kept out.
import { html, lazy, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { openDialog } from '../../layers.js';
import { actions, attempt } from '../../actions.js';
import { full } from '../../time.js';
import { t } from '../../i18n.js';
import { Avatar, Icon } from '../basics.js';
import { Listing } from './listing.js';
import { usePaged } from './paged.js';

const Account = lazy(() => import('./account.js').then((module) => module.Account), 'panels', 'admin');
const BanAddress = lazy(() => import('./ban.js').then((module) => module.BanAddress), 'panels', 'admin');

const STATES = {
  all: () => true,
  admins: (user) => user.role === 'admin' || user.role === 'owner',
  inactive: (user) => !user.active,
};

/** The section. */
export function People() {
  const [query, setQuery] = useState('');
  const [state, setState] = useState('all');
  const [bans, setBans] = useState({ bans: [], users: [] });
  const people = usePaged(`/admin/users?limit=100&query=${encodeURIComponent(query.trim())}`, 'users', { typing: Boolean(query) });
  const loadBans = () => api('GET', '/admin/bans').then(setBans, () => {});
  const changed = () => (people.again(), loadBans());
  useEffect(() => void loadBans(), []);
  const open = (user) => openDialog(Account, { id: user.id, changed });
  const shown = (people.page?.users ?? []).filter(STATES[state]);
  const banned = new Set(bans.bans.map((ban) => ban.user));
  return html`<div class="bar">
      <label class="findp"><span class="sr">${t('admin.people.find')}</span><${Icon} name="search" size="s" />
        <input class="f-i" type="search" value=${query} placeholder=${t('admin.people.find')} autocomplete="off" onInput=${(event) => setQuery(event.currentTarget.value)} /></label>
      <div class="seg" role="radiogroup" aria-label=${t('admin.people.state')}>${Object.keys(STATES).map(
        (name) => html`<label key=${name}><input type="radio" name="state" checked=${state === name} onChange=${() => setState(name)} /><span>${t(`admin.people.${name}`)}</span></label>`,
      )}</div>
    </div>
    <${Listing} of=${people} count=${shown.length} none=${t('admin.people.none')}>
      <ul class="card list people">${shown.map(
        (user) => html`<li class="line" key=${user.id}><button type="button" class="acct" aria-haspopup="dialog" onClick=${() => open(user)}>
          <${Avatar} user=${user} dot=${user.active} />
          <span class="nmw"><b class="utext">${user.name}</b><small><bdi>@${user.username}</bdi></small></span>
          <span class="marks">${!user.active && html`<span class="chip chip-out">${t(banned.has(user.id) ? 'admin.banned' : 'admin.disabled')}</span>`}<span class=${`chip ${user.role === 'owner' ? 'chip-pine' : user.role === 'admin' ? 'chip-honey' : ''}`}>${t(`role.${user.role}`)}</span></span>
        </button></li>`,
      )}</ul></${Listing}>
    <section class="bans"><div class="bar"><h2 class="h">${t('admin.bans')}</h2><button type="button" class="btn btn-q btn-s" aria-haspopup="dialog" onClick=${() => openDialog(BanAddress, { changed })}>${t('admin.bans.add')}</button></div>
      ${
        bans.bans.length
          ? html`<ul class="card list">${bans.bans.map((ban) => html`<${Ban} key=${ban.id} ban=${ban} users=${bans.users} changed=${changed} />`)}</ul>`
          : html`<p class="mut">${t('admin.bans.none')}</p>`
      }</section>`;
}

/** Somebody, or some place, that is kept out. */
function Ban({ ban, users, changed }) {
  const user = users.find((one) => one.id === ban.user);
  const name = user ? user.name : ban.addresses.join(', ');
  const lift = () =>
    actions.confirm({
      title: t('admin.bans.lift.title', { name }),
      text: t(user ? 'admin.bans.lift.person' : 'admin.bans.lift.address'),
      verb: t('admin.bans.lift'),
      run: async () => (await api('DELETE', `/admin/bans/${ban.id}`), changed()),
    });
  const facts = [user && ban.addresses.join(', '), ban.reason, ban.expires_at && t('admin.bans.until', { until: full(ban.expires_at) })];
  return html`<li class="line"><span><b class="utext">${name}</b><small class="utext">${facts.filter(Boolean).join(' · ')}</small></span>
    <button type="button" class="btn btn-q btn-s" aria-label=${t('admin.bans.lift.label', { name })} onClick=${() => attempt(async () => lift())}>${t('admin.bans.lift')}</button></li>`;
}
