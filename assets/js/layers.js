// What lies on top: dialogs, the open menu and toasts; drawn by ui/overlay.js, which is fetched when first needed.
import { signal } from './view.js';

/** @type {{value: {id: number, Component: any, props: any}[]}} */
export const dialogs = signal([]);
/** @type {{value: null|{anchor: Element, items: any[], label: string, sheet?: boolean}}} */
export const menu = signal(null);
/** @type {{value: {id: number, text: string, action?: {label: string, run: () => void}, error?: boolean}[]}} */
export const toasts = signal([]);

let next = 1;

/** Opens a dialog; its component gets `close`. @param {any} Component @param {object} [props] @returns {() => void} closes it */
export function openDialog(Component, props = {}) {
  const id = next++;
  const close = () => (dialogs.value = dialogs.value.filter((one) => one.id !== id));
  menu.value = null;
  dialogs.value = [...dialogs.value, { id, Component, props: { ...props, close } }];
  return close;
}

/** @param {Element} anchor @param {string} label @param {({row: {glyph: string, label: string, pressed: boolean, run: () => void}[]}|{label: string, icon?: string, danger?: boolean, hint?: string, run: () => void}|null|false)[]} items null draws a line */
export function openMenu(anchor, label, items) {
  menu.value = menu.value?.anchor === anchor ? null : { anchor, label, items: items.filter((item) => item !== false) };
}

/** The same actions in a sheet at the bottom edge, for thumbs. */
export function openSheet(anchor, label, items) {
  menu.value = { anchor, label, items: items.filter((item) => item !== false), sheet: true };
}

/** @param {string} text @param {{action?: {label: string, run: () => void}, error?: boolean}} [how] errors stay until closed */
export function toast(text, how = {}) {
  if (toasts.value.some((one) => one.text === text)) return;
  const id = next++;
  toasts.value = [...toasts.value.slice(-2), { id, text, ...how }];
  if (!how.error) setTimeout(() => closeToast(id), 6000);
}

/** @param {number} id */
export const closeToast = (id) => (toasts.value = toasts.value.filter((one) => one.id !== id));
