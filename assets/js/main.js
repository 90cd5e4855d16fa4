// Start of the page: strings first, then the session, then the view that the address asks for.
import { effect, html, lazy, loadSheet, onLoadFailed, render, signal } from './view.js';
import { loadStrings } from './i18n.js';
import { loadIcons, Empty, sentence, whenIdle } from './ui/basics.js';
import { api } from './api.js';
import { go, route } from './router.js';
import { ready, server } from './state.js';
import { start, startError } from './session.js';
import { t } from './i18n.js';
import { Shell } from './ui/shell.js';
import { dialogs, menu, toast, toasts } from './layers.js';
import { listenToKeys } from './keyboard.js';
import { timelineOf } from './timeline.js';
import { warm } from './text.js';
import { clock } from './time.js';
import './look.js';

const Entry = lazy(() => import('./ui/entry.js').then((module) => module.Entry), 'pages', 'panels');
const Enrol = lazy(() => import('./ui/door/enrol.js').then((module) => module.Enrol), 'pages', 'panels');
const Setup = lazy(() => import('./ui/setup.js').then((module) => module.Setup), 'pages', 'panels');
const Overlay = lazy(() => import('./ui/overlay.js').then((module) => module.Overlay), 'panels');
/** Drawn only while something lies on top, so that the first view does not wait for it. */
const Layers = () => (dialogs.value.length || menu.value || toasts.value.length ? html`<${Overlay} />` : null);
const OUTSIDE = ['login', 'invited', 'reset', 'setup', 'link'];

/** Slow: true after 300 ms without an answer, so that fast answers show no placeholder. */
const slow = signal(false);

/** Finds out who is here and opens what the address asks for. */
export async function begin() {
  setTimeout(() => (slow.value = true), 300);
  const { name } = route.value;
  if (name === 'setup' || OUTSIDE.includes(name)) {
    server.value = await api('GET', '/server').catch((error) => ((startError.value = error), null));
    if (!server.value) return;
    if (server.value.setup_needed && name !== 'setup') return go(`/setup${location.hash}`, { replace: true });
    if (!server.value.setup_needed && name === 'setup') return enter();
    if (name === 'login' && (await start()) && ready.value) enter();
    return;
  }
  if (await start()) return;
  server.value = await api('GET', '/server').catch((error) => ((startError.value = error), null));
  if (!server.value) return;
  if (server.value.setup_needed) return go('/setup', { replace: true });
  if (route.value.name !== 'home') sessionStorage.setItem('snug.next', location.pathname);
  go('/login', { replace: true });
}

/** After signing in: the snapshot, then the page that was asked for before. */
export async function enter() {
  if (!ready.value && !(await start())) return go('/login', { replace: true });
  const next = sessionStorage.getItem('snug.next');
  sessionStorage.removeItem('snug.next');
  go(next?.startsWith('/') && !next.startsWith('//') ? next : '/', { replace: true });
}

/** Resolves when the conversation that the address asks for is there, so that nothing else is fetched before it. */
const shown = () =>
  new Promise((done) => {
    effect(() => {
      const { name, room } = route.value;
      if (name !== 'room' || !['new', 'loading'].includes(timelineOf(room).status.value)) requestAnimationFrame(() => requestAnimationFrame(done));
    });
  });

function App() {
  const { name } = route.value;
  if (startError.value?.code === 'second_factor_needed') return html`<${Enrol} again=${() => ((startError.value = null), begin())} /><${Layers} />`;
  if (startError.value)
    return html`<main class="splash"><${Empty} level=${1} title=${t('start.failed')} text=${sentence(startError.value)}>
      <button class="btn btn-p" onClick=${() => ((startError.value = null), begin())}>${t('action.retry')}</button></${Empty}></main>`;
  if (name === 'setup') return server.value ? html`<${Setup} enter=${enter} /><${Layers} />` : null;
  if (OUTSIDE.includes(name)) return server.value ? html`<${Entry} enter=${enter} /><${Layers} />` : null;
  if (!ready.value)
    return slow.value
      ? html`<main class="splash" aria-busy="true"><div class="spin" role="img" aria-label=${t('start.loading')}></div></main>`
      : null;
  return html`<${Shell} /><${Layers} />`;
}

// Parts of a page that is older than the server are no longer there; a new page has new ones.
onLoadFailed(() => toast(t('update.part'), { error: true, action: { label: t('update.reload'), run: () => location.reload() } }));
loadIcons();
await loadStrings();
render(html`<${App} />`, document.getElementById('app'));
listenToKeys();
const begun = begin();
// While the server is being asked: what the first messages would wait for otherwise.
setTimeout(warm);
setTimeout(() => clock(0));
await begun;
await shown();
whenIdle(
  () => import('./notify.js'),
  () => import('./ui/overlay.js'),
  () => import('./ui/suggestions.js'),
  () => import('./ui/switcher.js'),
  () => import('./ui/drawer.js'),
  () => import('./upload/ahead.js'),
  () => loadSheet('pages'),
  () => import('./worker.js').then((module) => module.registerWorker()),
);
