// Administration: the list of sections and the one that is open, for admins of the server.
import { html, lazy } from '../view.js';
import { phone } from '../look.js';
import { t } from '../i18n.js';
import { me } from '../state.js';
import { Empty, Icon } from './basics.js';
import { Tabs } from './sidebar.js';

const Overview = lazy(() => import('./admin/overview.js').then((module) => module.Overview), 'admin', 'overview');
const People = lazy(() => import('./admin/people.js').then((module) => module.People), 'admin');
const Bots = lazy(() => import('./admin/bots.js').then((module) => module.Bots), 'admin');
const Backups = lazy(() => import('./admin/backups.js').then((module) => module.Backups), 'admin');
const Storage = lazy(() => import('./admin/storage.js').then((module) => module.Storage), 'admin');
const Audit = lazy(() => import('./admin/audit.js').then((module) => module.Audit), 'admin');
const ServerSettings = lazy(() => import('./admin/settings.js').then((module) => module.ServerSettings), 'admin', 'settings');
const Rooms = lazy(() => import('./admin/rooms.js').then((module) => module.Rooms), 'admin', 'rooms');
const Invites = lazy(() => import('./admin/invites.js').then((module) => module.Invites), 'admin', 'rooms');
const Sessions = lazy(() => import('./admin/sessions.js').then((module) => module.Sessions), 'admin', 'rooms');
const Certificates = lazy(() => import('./admin/certificates.js').then((module) => module.Certificates), 'admin', 'certificate');

/** Each section: its icon, and what is drawn. */
const SECTIONS = {
  overview: ['compass', Overview],
  people: ['users', People],
  rooms: ['hash', Rooms],
  invites: ['user-plus', Invites],
  sessions: ['laptop', Sessions],
  bots: ['bot', Bots],
  backups: ['archive', Backups],
  certificates: ['lock', Certificates],
  storage: ['database', Storage],
  audit: ['shield', Audit],
  settings: ['settings', ServerSettings],
};

/** @param {{section?: string}} props */
export function Admin({ section }) {
  if (!['owner', 'admin'].includes(me.value?.role))
    return html`<div class="page one"><div class="join"><${Empty} level=${1} title=${t('admin.not')} text=${t('admin.not.text')}><a class="btn btn-q" href="/">${t('gone.back')}</a></${Empty}></div></div>`;
  const known = section in SECTIONS ? section : undefined;
  // With two panes there is always a section; a phone begins with the list.
  const shown = known ?? (phone.value ? undefined : 'overview');
  const Section = shown && SECTIONS[shown][1];
  return html`<div class="page" data-section=${shown}>
    <nav class="subnav" aria-label=${t('admin.title')}>
      ${shown ? html`<h2>${t('admin.title')}</h2>` : html`<h1>${t('admin.title')}</h1>`}
      <ul>${Object.entries(SECTIONS).map(([name, [icon]]) => html`<li key=${name}><a class="row" href=${`/admin/${name}`} aria-current=${shown === name ? 'page' : null}><${Icon} name=${icon} /><span class="nm">${t(`admin.${name}`)}</span></a></li>`)}
        <li class="sepd"><a class="row" href="/settings"><${Icon} name="settings" /><span class="nm">${t('settings.title')}</span></a></li></ul>
    </nav>
    ${
      Section &&
      html`<div class="pane w" tabindex="0"><header><a class="ib back" href="/admin" aria-label=${t('action.back')}><${Icon} name="chevron-left" size="l" /></a>
      <div><h1>${t(`admin.${shown}`)}</h1><p>${t(`admin.${shown}.text`)}</p></div></header><${Section} key=${shown} /></div>`
    }
  </div>${!shown && html`<${Tabs} sheet=${true} />`}`;
}
