// Settings: the list of sections and the one that is open.
import { html, lazy } from '../view.js';
import { go } from '../router.js';
import { signOut } from '../session.js';
import { phone } from '../look.js';
import { actions } from '../actions.js';
import { outbox } from '../outbox.js';
import { t } from '../i18n.js';
import { me } from '../state.js';
import { statusLine } from '../status.js';
import { Avatar, Icon } from './basics.js';
import { Tabs } from './sidebar.js';
import { Appearance } from './settings/appearance.js';
import { Devices } from './settings/devices.js';
import { Keyboard } from './settings/keyboard.js';
import { ChangePassword } from './settings/password.js';
import { Notifications } from './settings/notifications.js';
import { Privacy } from './settings/privacy.js';
import { Profile } from './settings/profile.js';
import { Security } from './settings/security.js';

const Keys = lazy(() => import('./settings/keys.js').then((module) => module.Keys), 'credentials');

const SECTIONS = {
  profile: ['user', Profile],
  appearance: ['palette', Appearance],
  notifications: ['bell', Notifications],
  privacy: ['eye-off', Privacy],
  security: ['shield', Security],
  devices: ['laptop', Devices],
  password: ['key-round', ChangePassword],
  keys: ['server', Keys],
  keyboard: ['keyboard', Keyboard],
};

function askSignOut() {
  const unsent = outbox.value.length;
  actions.confirm({
    title: t('signout.title'),
    text: unsent ? t('signout.unsent', { n: unsent }) : t('signout.text'),
    verb: t('signout.verb'),
    run: async () => {
      await signOut();
      go('/login', { replace: true });
    },
  });
}

/** On a phone, whose list of chats has no place for it: who one is, and the way to a status. */
function Self() {
  const user = me.value;
  return html`<button type="button" class="selfrow" aria-haspopup="dialog" onClick=${actions.status}><${Avatar} user=${user} size="av-56" dot=${true} />
    <span><b class="utext">${user.name}</b><small class="utext">${statusLine(user) || t('status.title')}</small>${statusLine(user) && html`<span class="sr">, ${t('status.open')}</span>`}</span></button>`;
}

/** @param {{section?: string}} props */
export function Settings({ section }) {
  const known = section in SECTIONS ? section : undefined;
  // With two panes there is always a section; a phone begins with the list.
  const shown = known ?? (phone.value ? undefined : 'profile');
  const Section = shown && SECTIONS[shown][1];
  return html`<div class="page" data-section=${shown}>
    <nav class="subnav" aria-label=${t('settings.title')}>
      ${shown ? html`<h2>${t('settings.title')}</h2>` : html`<h1>${t('settings.title')}</h1>`}
      ${!shown && html`<${Self} />`}
      <ul>${Object.entries(SECTIONS).map(([name, [icon]]) => html`<li key=${name}><a class="row" href=${`/settings/${name}`} aria-current=${shown === name ? 'page' : null}><${Icon} name=${icon} /><span class="nm">${t(`settings.${name}`)}</span></a></li>`)}
        ${actions.mayInvite() && html`<li class="sepd"><a class="row" href="/admin"><${Icon} name="shield" /><span class="nm">${t('settings.admin')}</span></a></li>`}
        <li class="sepd"><button class="row" type="button" onClick=${askSignOut}><${Icon} name="log-out" /><span class="nm">${t('settings.signout')}</span></button></li></ul>
    </nav>
    ${
      Section &&
      html`<div class="pane" tabindex=${shown === 'keyboard' ? '0' : null}><header><a class="ib back" href="/settings" aria-label=${t('action.back')}><${Icon} name="chevron-left" size="l" /></a>
      <div><h1>${t(`settings.${shown}`)}</h1><p>${t(`settings.${shown}.text`)}</p></div></header><${Section} key=${shown} /></div>`
    }
  </div>${!shown && html`<${Tabs} sheet=${true} />`}`;
}
