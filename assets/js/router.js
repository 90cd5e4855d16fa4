// Which view the address asks for, and moving between addresses without loading the page again.
import { signal } from './view.js';

/** @typedef {{name: string, room?: number, message?: number, code?: string, section?: string}} Route */

const number = (text) => (/^\d{1,16}$/.test(text ?? '') ? Number(text) : 0);

/** @param {string} path @returns {Route} */
function parse(path) {
  const [first = '', second, third] = path.split('/').filter(Boolean);
  if (!first) return { name: 'home' };
  if (first === 'r' && number(second)) return { name: 'room', room: number(second), message: number(third) || undefined };
  if (first === 'j' && second) return { name: 'invited', code: second };
  if (first === 'settings' || first === 'admin') return { name: first, section: second };
  if (['setup', 'login', 'reset', 'link', 'rooms', 'threads', 'saved', 'mentions', 'search'].includes(first)) return { name: first };
  return { name: 'home' };
}

/** @type {{value: Route}} */
export const route = signal(parse(location.pathname));

/** @param {string} path @param {{replace?: boolean, state?: any}} [how] `state`: what the page keeps in this place of the history */
export function go(path, how = {}) {
  if (how.state || path !== location.pathname + location.hash) history[how.replace ? 'replaceState' : 'pushState'](how.state ?? null, '', path);
  route.value = parse(location.pathname);
}

addEventListener('popstate', () => (route.value = parse(location.pathname)));
addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest?.('a[href]');
  if (!link || link.origin !== location.origin || link.hasAttribute('download')) return;
  // A link to a message of this server stays in the page, also where it stands in a text.
  if (link.target && !/^\/r\/\d+(\/\d+)?$/.test(link.pathname)) return;
  if (!/^\/($|r\/|rooms$|threads$|saved$|mentions$|search$|settings|admin|login$)/.test(link.pathname)) return;
  event.preventDefault();
  go(link.pathname);
});
