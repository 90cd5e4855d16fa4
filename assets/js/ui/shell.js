// The frame of a signed-in page: sidebar, sheet, and which view is in the sheet.
import { html, lazy, useEffect, useSignal } from '../view.js';
import { go, route } from '../router.js';
import { me, rooms, server } from '../state.js';
import { phone } from '../look.js';
import { ended, leave } from '../session.js';
import { connection } from '../socket.js';
import { pageTitle } from '../reading.js';
import { openThread } from '../threads.js';
import { t } from '../i18n.js';
import { dialogs } from '../layers.js';
import { actions, details, lastRoom } from '../actions.js';
import { Sidebar } from './sidebar.js';
import { Conversation } from './room.js';
import { afterPaint, Empty, Icon, Mark } from './basics.js';

const Browse = lazy(() => import('./browse.js').then((module) => module.Browse), 'pages', 'panels');
const Saved = lazy(() => import('./saved.js').then((module) => module.Saved), 'pages', 'panels');
const Mentions = lazy(() => import('./mentions.js').then((module) => module.Mentions), 'pages', 'panels');
const Search = lazy(() => import('./search.js').then((module) => module.Search), 'pages', 'panels', 'finder');
const Settings = lazy(() => import('./settings.js').then((module) => module.Settings), 'pages', 'panels');
const Admin = lazy(() => import('./admin.js').then((module) => module.Admin), 'pages', 'panels', 'admin');
const Outside = lazy(() => import('./browse.js').then((module) => module.Outside), 'pages', 'panels');
const Threads = lazy(() => import('./threads.js').then((module) => module.Threads), 'pages', 'panels');
const Thread = lazy(() => import('./thread.js').then((module) => module.Thread), 'panels');
const Drawer = lazy(() => import('./drawer.js').then((module) => module.Drawer), 'panels');
const Ended = lazy(() => import('./overlay.js').then((module) => module.Ended), 'panels');

/** The whole page once somebody is signed in. */
export function Shell() {
  const at = route.value;
  const list = at.name === 'home';
  const room = at.name === 'room' ? rooms.value.get(at.room) : null;
  const thread = room && openThread.value?.room === room.id ? openThread.value.root : 0;
  const drawer = Boolean(room && details.value && !thread);

  // Behind a conversation on a phone nobody sees it: what is seen is drawn first.
  const beside = useSignal(!phone.value || list);
  useEffect(() => afterPaint(() => (beside.value = true)), []);
  useEffect(() => {
    // Long after the first view: it is not what one came for. It needs a network.
    const look = () => (connection.value === 'online' ? import('../alarm.js').then((module) => module.watch(), () => {}) : setTimeout(look, 60_000));
    if (['owner', 'admin'].includes(me.value?.role)) setTimeout(look, 4000);
  }, []);
  useEffect(() => {
    // With two panes the second is never left empty when there is something to show.
    if (!list || phone.value || !rooms.value.size) return;
    const last = lastRoom.get();
    const first = rooms.value.has(last) ? last : [...rooms.value.values()].sort((a, b) => activity(b) - activity(a))[0].id;
    go(`/r/${first}`, { replace: true });
  });
  useEffect(() => {
    if (at.name !== 'room') pageTitle.value = [list ? '' : t(`title.${at.name}`), server.value?.name].filter(Boolean).join(' · ') || 'Snug';
  }, [at.name, server.value?.name]);
  useViewportHeight();

  return html`${!(list && phone.value) && html`<a class="skip" href="#main" onClick=${skip}>${t('skip')}</a>`}
    <div class="app" data-view=${list ? 'list' : at.name}>
      ${(beside.value || list) && html`<${Sidebar} list=${list} />`}
      ${
        !(list && phone.value) &&
        html`<main class=${`sheet ${drawer || thread ? 'has-drawer' : ''}`} id="main" tabindex="-1">
        ${list && html`<${Nothing} />`}
        ${room && html`<${Conversation} key=${room.id} room=${room} at=${at} />`}
        ${at.name === 'room' && !room && html`<${Outside} key=${at.room} id=${at.room} />`}
        ${at.name === 'rooms' && html`<${Browse} />`}
        ${at.name === 'threads' && html`<${Threads} />`}
        ${at.name === 'saved' && html`<${Saved} />`}
        ${at.name === 'mentions' && html`<${Mentions} />`}
        ${at.name === 'search' && html`<${Search} at=${at} />`}
        ${at.name === 'settings' && html`<${Settings} section=${at.section} />`}
        ${at.name === 'admin' && html`<${Admin} section=${at.section} />`}
        ${thread > 0 && html`<div class="drawer-scrim" onClick=${() => (openThread.value = null)}></div><${Thread} key=${thread} room=${room} root=${thread} />`}
        ${drawer && html`<div class="drawer-scrim" onClick=${() => (details.value = false)}></div><${Drawer} key=${room.id} room=${room} />`}
      </main>`
      }
    </div>
    ${ended.value && html`<${Ended} again=${() => (sessionStorage.setItem('snug.next', location.pathname), leave(), (dialogs.value = []), go('/login'))} />`}`;
}

const activity = (room) => room.last_message?.at ?? room.created_at;

function skip(event) {
  event.preventDefault();
  (document.querySelector('.comp textarea') ?? document.getElementById('main'))?.focus();
}

/** The first run: no rooms yet. */
function Nothing() {
  if (rooms.value.size) return null;
  return html`<div class="splash"><${Empty} level=${1} sign=${html`<${Mark} />`} title=${t('first.title', { name: server.value?.name ?? 'Snug' })} text=${t('first.text')}>
    <button class="btn btn-p" onClick=${actions.newRoom}><${Icon} name="message-square-plus" />${t('first.room')}</button>
    ${actions.mayInvite() ? html`<button class="btn btn-q" onClick=${actions.invite}><${Icon} name="user-plus" />${t('first.invite')}</button>` : html`<a class="btn btn-q" href="/rooms"><${Icon} name="compass" />${t('side.browse')}</a>`}
  </${Empty}></div>`;
}

/** Browsers that keep the page's height under the keyboard are told the height that is left. */
function useViewportHeight() {
  useEffect(() => {
    const view = window.visualViewport;
    if (!view) return;
    const follow = () => {
      const hidden = innerHeight - view.height > 80;
      document.documentElement.style.setProperty('--vvh', hidden ? `${view.height}px` : '100dvh');
    };
    view.addEventListener('resize', follow);
    return () => view.removeEventListener('resize', follow);
  }, []);
}
