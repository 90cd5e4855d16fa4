// Suggestions in the composer: people after "@", rooms after "#", emoji after ":".
import { html, useRef, useState } from '../view.js';
import * as state from '../state.js';
import { fold, match } from '../fold.js';
import { countEmoji, emojiSearch, loadEmoji, toned } from '../emoji.js';
import { mayCall } from '../callask.js';
import { t } from '../i18n.js';
import { Avatar, Icon, RoomSign } from './basics.js';

const MOST = 6;

/** What may stand before the caret: the sign, what was typed after it, and who knows the answers. */
const KINDS = [
  { name: 'label', pattern: /(?:^|[\s(])@([\w.-]{0,32})$/, find: people },
  { name: 'rooms', pattern: /(?:^|[\s(])#([^\s#@][^#@\n]{0,40}|)$/, find: rooms },
  { name: 'emoji', pattern: /(?:^|[\s(])(:[a-z][a-z0-9_+-]{1,30})$/i, find: emoji },
];
const SHORTCODE = /(?:^|[\s(]):([a-z0-9_+-]{1,40}):$/i;

/**
 * @param {any} room
 * @param {{current: HTMLTextAreaElement|null}} box
 * @param {(text: string, caret: number) => void} change
 */
export function useSuggestions(room, box, change) {
  const [found, setFound] = useState(null);
  const [at, setAt] = useState(0);
  const closed = useRef('');

  const close = () => setFound(null);
  const beforeCaret = () => box.current?.value.slice(0, box.current.selectionStart);
  const replace = (from, to, words) => change(box.current.value.slice(0, from) + words + box.current.value.slice(to), from + words.length);
  const look = async () => {
    const before = beforeCaret();
    const code = SHORTCODE.exec(before)?.[1];
    if (code) {
      close();
      const sign = await emojiCalled(code).catch(() => null);
      // Whoever types on is not held up, and finds the words as they were.
      if (sign && beforeCaret() === before) replace(before.length - code.length - 2, before.length, sign);
      return;
    }
    // The sign next to the caret counts: names of rooms may hold blanks, and another sign after them.
    const [kind, typed] = KINDS.map((one) => [one, one.pattern.exec(before)?.[1]])
      .filter(([, after]) => after !== undefined)
      .sort(([, one], [, other]) => one.length - other.length)[0] ?? [];
    if (!kind || closed.current === before) return close();
    const options = await Promise.resolve(kind.find(typed, room)).catch(() => []);
    if (beforeCaret() !== before) return;
    const from = before.length - typed.length - (typed.startsWith(':') ? 0 : 1);
    // What was typed to its end needs no suggestion, and Enter shall send.
    const complete = options.some((option) => fold(option.words) === fold(before.slice(from)));
    setFound(options.length && !complete ? { options, from, to: before.length, label: t(`suggest.${kind.name}`) } : null);
    setAt(0);
  };
  const take = (option) => {
    replace(found.from, found.to, `${option.words} `);
    option.taken?.();
    close();
    box.current.focus();
  };
  /** @returns {boolean} whether the key was meant for the list */
  const key = (event) => {
    if (!found) return false;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) setAt((at + move + found.options.length) % found.options.length);
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') take(found.options[at]);
    else if (event.key === 'Escape') {
      closed.current = beforeCaret();
      close();
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { open: Boolean(found), options: found?.options ?? [], label: found?.label, at, look, close, take, key };
}

/** @typedef {{key: string, words: string, name: string, sub?: string, sign: any, taken?: () => void}} Option `words` is what is written */

/** @returns {Promise<Option[]>} members of the room, and everyone */
async function people(typed, room) {
  const query = fold(typed);
  const list = room.kind === 'direct' ? state.othersOf(room) : (await state.loadMembers(room.id)).map((member) => member.user);
  const all = list
    .filter((user) => user.id !== state.me.value.id && user.active)
    .map((user) => ({ user, score: query ? Math.max(match(user.username, query), nameScore(user, query)) : 1 }))
    .filter(({ score }) => score > 1 || !query)
    .sort((a, b) => b.score - a.score || a.user.name.localeCompare(b.user.name))
    .map(({ user }) => option(`@${user.username}`, user.name, html`<${Avatar} user=${user} size="av-28" dot=${true} />`, `@${user.username}`));
  const groups = ['room', 'here']
    .filter((name) => mayCall(room) && query && name.startsWith(query))
    .map((name) => option(`@${name}`, t(`suggest.${name}`, { n: room.member_count }), html`<span class="av av-28 tile h2" aria-hidden="true"><${Icon} name="users" size="s" /></span>`, `@${name}`));
  return [...all.slice(0, MOST), ...groups];
}

function nameScore(user, query) {
  const name = fold(user.name);
  if (name.startsWith(query)) return 3;
  return name.split(' ').some((word) => word.startsWith(query)) ? 2 : 0;
}

/** @returns {Option[]} rooms that one is in */
function rooms(typed) {
  const query = fold(typed);
  return state.roomList.value
    .filter((room) => !room.archived)
    .map((room) => ({ room, score: match(room.name, query) }))
    .filter(({ score }) => score > 1)
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map(({ room }) => option(`#${room.name}`, room.name, html`<${RoomSign} room=${room} size="av-28" />`, room.topic ?? ''));
}

/** @returns {Promise<Option[]>} */
async function emoji(typed) {
  const list = await emojiSearch(typed, MOST + 2);
  return list.map((one) => ({
    ...option(one.emoji, one.name, html`<span class="face" aria-hidden="true">${one.emoji}</span>`, `:${codeFor(one, typed)}:`),
    taken: () => countEmoji(one.emoji),
  }));
}

/** Of its shortcodes the one that is being typed. */
const codeFor = ({ one, shortcode }, typed) => one.shortcodes.find((code) => code.startsWith(typed.slice(1).toLowerCase())) ?? shortcode;

/** The emoji with exactly this shortcode. */
async function emojiCalled(code) {
  const wanted = code.toLowerCase();
  for (const { list } of await loadEmoji()) {
    const one = list.find(({ shortcodes }) => shortcodes.includes(wanted));
    if (one) return toned(one);
  }
  return null;
}

const option = (words, name, sign, sub) => ({ key: `${words} ${sub}`, words, name, sign, sub });

/** @param {{suggest: ReturnType<typeof useSuggestions>}} props */
export function Suggestions({ suggest }) {
  if (!suggest.open) return null;
  return html`<div class="suggest" id="suggest" role="listbox" aria-label=${suggest.label}>
    ${suggest.options.map(
      (
        one,
        index,
      ) => html`<div key=${one.key} class="opt" id=${`suggest-${index}`} role="option" aria-selected=${index === suggest.at ? 'true' : 'false'}
      onMouseDown=${(event) => (event.preventDefault(), suggest.take(one))}>
      ${one.sign}<span>${one.name}</span><span class="sub">${one.sub}</span>
    </div>`,
    )}
  </div>`;
}
