// Keys that work everywhere in the page.
import { route, go } from './router.js';
import * as state from './state.js';
import { markAllRead } from './reading.js';
import { dialogs, menu, closeToast, toasts } from './layers.js';
import { actions, composing, details } from './actions.js';
import { toPresent } from './present.js';
import { t } from './i18n.js';

/** Listens once, for the life of the page. */
export function listenToKeys() {
  addEventListener('keydown', (event) => {
    if (!state.ready.value || event.isComposing || event.defaultPrevented) return;
    const action = chosen(event);
    if (!action) return;
    event.preventDefault();
    action();
  });
}

function chosen(event) {
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.shiftKey && !event.altKey) {
    if (event.key.toLowerCase() === 'k') return actions.switcher;
    if (dialogs.value.length) return null;
    if (event.key === '/') return actions.shortcuts;
    if (event.key === ',') return () => go('/settings/profile');
    if (event.key.toLowerCase() === 'f') return find(event.target);
    if (event.key === '.') return route.value.name === 'room' && (() => (details.value = !details.value));
  }
  if (dialogs.value.length || menu.value) return null;
  if (event.altKey && !command && /^Arrow(Up|Down)$/.test(event.key)) return () => step(event.key === 'ArrowUp' ? -1 : 1, event.shiftKey);
  if (event.key === 'F6') return () => region(event.shiftKey ? -1 : 1);
  if (event.key === 'Escape') return event.shiftKey ? actions.readAll : () => escape();
  const writing = event.target.closest?.('input, textarea, select, [contenteditable]');
  if (event.key === '?' && !command && !writing) return actions.shortcuts;
  return null;
}

/** In the room that is open, or on in what is looked for; in that field the keys are the browser's own. */
function find(from) {
  const { name, room } = route.value;
  const field = document.getElementById('find');
  if (field) return from !== field && (() => field.select());
  return name === 'room' && (() => actions.search({ room: { id: room } }));
}

/** Rooms as the sidebar lists them. */
const listed = () => [...state.roomList.value, ...state.directList.value];

function step(by, unreadOnly) {
  const list = listed();
  if (!list.length) return;
  const at = list.findIndex((room) => route.value.name === 'room' && room.id === route.value.room);
  for (let tries = 1; tries <= list.length; tries++) {
    const room = list[(at + by * tries + list.length * 2 + (at < 0 && by < 0 ? 1 : 0)) % list.length];
    if (!unreadOnly || state.isUnread(room)) return go(`/r/${room.id}`);
  }
}

function region(by) {
  const regions = ['#side', '#messages', '.comp textarea, #find', '.drawer'].map((name) => document.querySelector(name)).filter(Boolean);
  const at = regions.findIndex((one) => one.contains(document.activeElement));
  const next = regions[(at + by + regions.length) % regions.length] ?? regions[0];
  if (!next) return;
  const best = ['article[tabindex="0"]', '[aria-current=page]', 'a, button'].map((name) => next.querySelector(name)).find(Boolean);
  const inside = next.matches('textarea') ? next : best;
  (inside ?? next).focus();
}

function escape() {
  if (toasts.value.length) return closeToast(toasts.value.at(-1).id);
  if (details.value) {
    details.value = false;
    document.getElementById('details-toggle')?.focus();
    return;
  }
  if (route.value.name === 'room') {
    if (composing.value) composing.value = null;
    else toPresent(route.value.room);
    document.querySelector('.comp textarea')?.focus();
  } else if (route.value.name !== 'home') go('/');
}
