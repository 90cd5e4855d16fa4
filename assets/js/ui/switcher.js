// The quick switcher: rooms and people by a few letters.
import { html, useEffect, useRef, useState } from '../view.js';
import { api } from '../api.js';
import { go } from '../router.js';
import * as state from '../state.js';
import { fold } from '../fold.js';
import { near, nearest } from '../near.js';
import { openSearch } from '../search.js';
import { attempt, openDirect } from '../actions.js';
import { t } from '../i18n.js';
import { Dialog } from './overlay.js';
import { Avatar, Icon, RoomSign } from './basics.js';

const MOST = 7;

/** @param {{close: () => void}} props */
export function Switcher({ close }) {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const [people, setPeople] = useState({ words: null, users: [] });
  const [open, setOpen] = useState([]);
  const list = useRef(null);

  const kind = query[0] === '@' ? 'people' : query[0] === '#' ? 'rooms' : 'all';
  const words = query.replace(/^[@#]/, '').trim();
  useEffect(() => {
    api('GET', '/rooms?scope=public&limit=200').then(
      (answer) => setOpen(answer.rooms.filter((room) => !room.me)),
      () => {},
    );
  }, []);
  useEffect(() => {
    const timer = setTimeout(
      async () => {
        const answer = await api('GET', `/users?query=${encodeURIComponent(words)}&limit=20`).catch(() => null);
        if (answer) setPeople({ words, users: answer.users });
      },
      words ? 120 : 0,
    );
    return () => clearTimeout(timer);
  }, [words]);

  const groups = results({ kind, words, people, open });
  const options = groups.flatMap((group) => group.options);
  const chosen = options[Math.min(at, options.length - 1)];

  const take = (option) => {
    close();
    if (option.search) openSearch({ query: words });
    else if (option.room) go(`/r/${option.room.id}`);
    else attempt(() => openDirect([option.user.id]));
  };
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && options.length) {
      event.preventDefault();
      const to = (Math.min(at, options.length - 1) + move + options.length) % options.length;
      setAt(to);
      list.current.querySelector(`#switch-${to}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && chosen) {
      event.preventDefault();
      take(chosen);
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      close();
    }
  };

  let index = 0;
  return html`<${Dialog} label=${t('switch.title')} close=${close}>
    <div class="in">
      <${Icon} name="search" />
      <input value=${query} role="combobox" aria-expanded=${options.length ? 'true' : 'false'} aria-controls="switch-list" aria-activedescendant=${chosen ? `switch-${options.indexOf(chosen)}` : null}
        aria-label=${t('switch.label')} placeholder=${t('switch.placeholder')} autocomplete="off" autofocus enterkeyhint="go"
        onInput=${(event) => (setQuery(event.currentTarget.value), setAt(0))} onKeyDown=${onKeyDown} />
      <button type="button" class="ib esc" aria-label=${t('switch.close')} onClick=${close}><kbd>Esc</kbd><${Icon} name="x" /></button>
    </div>
    ${words && groups.every(({ name }) => name === 'messages') && html`<p class="none" role="status">${t('switch.none', { query })}</p>`}
    <div class="ls" id="switch-list" role=${options.length ? 'listbox' : null} aria-label=${options.length ? t('switch.results') : null} ref=${list}>
      ${groups.map(
        (group) => html`<div role="group" aria-labelledby=${`switch-${group.name}`} key=${group.name}>
        <div class="gh" id=${`switch-${group.name}`}>${t(`switch.${group.name}`)}</div>
        ${group.options.map((option) => {
          const number = index++;
          return html`<${Option} key=${option.key} option=${option} words=${words} id=${`switch-${number}`} selected=${option === chosen} take=${() => take(option)} over=${() => setAt(number)} />`;
        })}
      </div>`,
      )}
    </div>
    <div class="ft" aria-hidden="true"><span><kbd>↑</kbd> <kbd>↓</kbd> ${t('switch.move')}</span><span><kbd>Enter</kbd> ${t('switch.open')}</span><span><kbd>@</kbd> ${t('switch.onlypeople')}</span><span><kbd>#</kbd> ${t('switch.onlyrooms')}</span></div>
  </${Dialog}>`;
}

function Option({ option, words, id, selected, take, over }) {
  const { room, user, search } = option;
  if (search)
    return html`<div class="opt" id=${id} role="option" aria-selected=${selected ? 'true' : 'false'} onClick=${take} onPointerMove=${() => !selected && over()}>
      <${Icon} name="search" /><span>${t('switch.search', { query: words })}</span><span class="end">${selected && html`<${Icon} name="corner-down-left" size="s" />`}</span>
    </div>`;
  return html`<div class="opt" id=${id} role="option" aria-selected=${selected ? 'true' : 'false'} onClick=${take} onPointerMove=${() => !selected && over()}>
    ${room ? html`<${RoomSign} room=${room} size="av-28" dot=${true} />` : html`<${Avatar} user=${user} size="av-28" dot=${true} />`}
    <span>${marked(option.name, words)}</span><span class="sub">${option.sub}</span>
    <span class="end">${room && state.isUnread(room) && (state.callsOf(room) ? html`<span class="badge">${state.callsOf(room)}</span>` : html`<span class="dot"></span>`)}${selected && html`<${Icon} name="corner-down-left" size="s" />`}</span>
  </div>`;
}

/** Underlines what was typed, where it stands as it is. */
function marked(name, words) {
  const asked = fold(words);
  const start = asked ? fold(name).indexOf(asked) : -1;
  if (start < 0 || fold(name).length !== name.length) return name;
  return [name.slice(0, start), html`<mark>${name.slice(start, start + asked.length)}</mark>`, name.slice(start + asked.length)];
}

/** Unread and recent first; with words, what they fit best comes before that. */
function results({ kind, words, people, open }) {
  const rank = (room) => (state.isUnread(room) ? 1e15 : 0) + (room.last_message?.at ?? room.created_at);
  const byUse = [...state.rooms.value.values()].sort((a, b) => rank(b) - rank(a));
  if (!words && kind === 'all')
    return filled([{ name: 'recent', options: byUse.filter((room) => !room.archived).slice(0, 8).map((room) => toRoom(room, room.topic ?? '')) }]);
  const all = [...(kind === 'people' ? [] : roomsAmong(byUse, open)), ...(kind === 'rooms' ? [] : peopleAmong(byUse, people.users))];
  // Only the server knows everybody, and it may fold names in other ways: whom it found for these words is shown.
  const found = nearest(words, all, namesOf);
  const there = new Set(people.words === words ? people.users.map(({ id }) => id) : []);
  const more = all.filter((option) => there.has(option.user?.id) && !near(words, ...namesOf(option)));
  const among = (name) => [...found, ...more].filter((option) => option.among === name).slice(0, MOST);
  return filled([
    { name: 'rooms', options: among('rooms') },
    { name: 'people', options: among('people') },
    { name: 'messages', options: words && kind === 'all' ? [{ key: 'search', search: true }] : [] },
  ]);
}

const filled = (groups) => groups.filter((group) => group.options.length);
const namesOf = ({ name, username = name }) => [name, username];
const toRoom = (room, sub) => ({ key: `r${room.id}`, among: room.kind === 'direct' ? 'people' : 'rooms', room, name: state.titleOf(room), sub });

function roomsAmong(byUse, open) {
  const joined = byUse.filter((room) => room.kind !== 'direct').map((room) => toRoom(room, room.archived ? t('side.archived') : (room.topic ?? '')));
  const others = open.filter((room) => !state.rooms.value.has(room.id)).map((room) => toRoom(room, t('switch.notjoined', { n: room.member_count })));
  return [...joined, ...others];
}

/** Conversations, then everybody else that is known here or was found by the server. */
function peopleAmong(byUse, foundThere) {
  const known = new Set([state.me.value.id]);
  const directs = byUse
    .filter((room) => room.kind === 'direct')
    .map((room) => {
      const [one] = state.othersOf(room);
      if (room.users.length > 2 || !one) return toRoom(room, t('members.count', { n: room.users.length }));
      known.add(one.id);
      return { ...toRoom(room, `@${one.username}`), username: one.username };
    });
  const others = new Map([...foundThere, ...state.users.value.values()].map((user) => [user.id, user]));
  return [
    ...directs,
    ...[...others.values()]
      .filter((user) => user.active && !known.has(user.id))
      .map((user) => ({ key: `u${user.id}`, among: 'people', user, name: user.name, username: user.username, sub: `@${user.username}` })),
  ];
}
