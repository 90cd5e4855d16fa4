// How this device shows Snug: theme, density, text size, the key that sends, and how much room there is.
import { effect, signal } from './view.js';
import { keep, recall } from './keep.js';

const TEXT_SIZES = ['87.5%', '100%', '112.5%', '125%', '150%'];
const root = document.documentElement;
const dark = document.getElementById('dark');
const cookie = /(?:^|; )theme=(dark|light|system)/.exec(document.cookie);

/** @type {{value: 'system'|'dark'|'light'}} */
export const theme = signal(cookie ? cookie[1] : 'system');
/** @type {{value: 'comfortable'|'compact'}} */
export const density = signal(recall('density', 'comfortable'));
/** @type {{value: number}} one of five steps */
export const textSize = signal(recall('text', 1));
/** @type {{value: 'enter'|'ctrl'}} */
export const sendKey = signal(recall('send', 'enter'));

const system = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(system.matches);
system.addEventListener('change', (event) => (systemDark.value = event.matches));

/** @returns {boolean} whether the page is dark at this moment */
export const isDark = () => theme.value === 'dark' || (theme.value === 'system' && systemDark.value);

/** @param {'system'|'dark'|'light'} name */
export function setTheme(name) {
  theme.value = name;
  // The server reads the cookie, so that the right theme is there before the first paint.
  document.cookie = `theme=${name}; Path=/; SameSite=Lax; Max-Age=31536000`;
  dark.media = { dark: 'all', light: 'not all', system: '(prefers-color-scheme: dark)' }[name];
}

effect(() => {
  const meta = document.querySelector('meta[name=theme-color]');
  if (meta) meta.content = isDark() ? '#1a1714' : '#f4efe8';
});
effect(() => {
  root.dataset.density = density.value;
  keep('density', density.value);
});
effect(() => {
  root.style.fontSize = TEXT_SIZES[textSize.value] ?? '100%';
  keep('text', textSize.value);
});
effect(() => keep('send', sendKey.value));

const follow = (query) => {
  const list = matchMedia(query);
  const value = signal(list.matches);
  list.addEventListener('change', () => (value.value = list.matches));
  return value;
};

/** One pane at a time. */
export const phone = follow('(max-width: 719px)');
/** Room for the details beside the conversation. */
export const wide = follow('(min-width: 1100px)');
/** Fingers: Enter makes a new line. */
export const touch = follow('(pointer: coarse)');
