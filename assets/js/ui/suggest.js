// Suggestions after "@" in the composer: members of the room, and everyone.
import { html, useRef, useState } from '../view.js';
import * as state from '../state.js';
import { fold } from '../fold.js';
import { t } from '../i18n.js';
import { mayCall } from '../callask.js';
import { Avatar, Icon } from './basics.js';

const MOST = 6;

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
  const look = async () => {
    const area = box.current;
    const before = area.value.slice(0, area.selectionStart);
    const match = /(?:^|[\s(])@([\w.-]{0,32})$/.exec(before);
    if (!match || closed.current === match[1] + before.length) return close();
    const list = await people(room).catch(() => []);
    if (box.current?.value.slice(0, box.current.selectionStart) !== before) return;
    const options = rank(list, match[1], room);
    // A name typed to its end needs no suggestion, and Enter shall send.
    const complete = options.some((option) => option.username === match[1].toLowerCase());
    setFound(options.length && !complete ? { options, from: before.length - match[1].length - 1, to: before.length } : null);
    setAt(0);
  };
  const take = (option) => {
    const area = box.current;
    const name = `@${option.username} `;
    change(area.value.slice(0, found.from) + name + area.value.slice(found.to), found.from + name.length);
    close();
    area.focus();
  };
  /** @returns {boolean} whether the key was meant for the list */
  const key = (event) => {
    if (!found) return false;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) setAt((at + move + found.options.length) % found.options.length);
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') take(found.options[at]);
    else if (event.key === 'Escape') {
      const before = box.current.value.slice(0, box.current.selectionStart);
      closed.current = /@([\w.-]*)$/.exec(before)[1] + before.length;
      close();
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { open: Boolean(found), options: found?.options ?? [], at, look, close, take, key };
}

async function people(room) {
  if (room.kind === 'direct') return state.othersOf(room);
  return (await state.loadMembers(room.id)).map((member) => member.user);
}

function rank(list, typed, room) {
  const query = fold(typed);
  const all = list
    .filter((user) => user.id !== state.me.value.id && user.active)
    .map((user) => ({ username: user.username, name: user.name, user, score: score(user, query) }))
    .filter((option) => option.score)
    .sort((a, b) => b.score - a.score || a.name.localeCompare(b.name));
  const groups = ['room', 'here']
    .filter((name) => mayCall(room) && query && name.startsWith(query))
    .map((name) => ({ username: name, name: t(`suggest.${name}`, { n: room.member_count }) }));
  return [...all.slice(0, MOST), ...groups];
}

function score(user, query) {
  if (!query) return 1;
  const name = fold(user.name);
  if (user.username.toLowerCase().startsWith(query) || name.startsWith(query)) return 3;
  return name.split(' ').some((word) => word.startsWith(query)) ? 2 : 0;
}

/** @param {{suggest: ReturnType<typeof useSuggestions>}} props */
export function Suggestions({ suggest }) {
  if (!suggest.open) return null;
  return html`<div class="suggest" id="suggest" role="listbox" aria-label=${t('suggest.label')}>
    ${suggest.options.map(
      (
        option,
        index,
      ) => html`<div key=${option.username} class="opt" id=${`suggest-${index}`} role="option" aria-selected=${index === suggest.at ? 'true' : 'false'}
      onMouseDown=${(event) => (event.preventDefault(), suggest.take(option))}>
      ${option.user ? html`<${Avatar} user=${option.user} size="av-28" dot=${true} />` : html`<span class="av av-28 tile h2" aria-hidden="true"><${Icon} name="users" size="s" /></span>`}
      <span>${option.name}</span><span class="sub">@${option.username}</span>
    </div>`,
    )}
  </div>`;
}
