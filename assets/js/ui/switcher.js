// The quick switcher: rooms and people by a few letters.
import { html, useEffect, useRef, useState } from '../view.js';
import { api } from '../api.js';
import { go } from '../router.js';
import * as state from '../state.js';
import { fold, match } from '../fold.js';
import { attempt, openDirect } from '../actions.js';
import { t } from '../i18n.js';
import { Dialog } from './overlay.js';
import { Avatar, Icon, RoomSign } from './basics.js';

const MOST = 7;

/** @param {{close: () => void}} props */
export function Switcher({ close }) {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const [people, setPeople] = useState([]);
  const [open, setOpen] = useState([]);
  const list = useRef(null);

  const kind = query[0] === '@' ? 'people' : query[0] === '#' ? 'rooms' : 'all';
  const words = fold(query.replace(/^[@#]/, '').trim());
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
        if (answer) setPeople(answer.users);
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
    if (option.room) go(`/r/${option.room.id}`);
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
      ${!options.length && html`<p class="none" role="status">${t('switch.none', { query })}</p>`}
    </div>
    <div class="ft" aria-hidden="true"><span><kbd>↑</kbd> <kbd>↓</kbd> ${t('switch.move')}</span><span><kbd>Enter</kbd> ${t('switch.open')}</span><span><kbd>@</kbd> ${t('switch.onlypeople')}</span><span><kbd>#</kbd> ${t('switch.onlyrooms')}</span></div>
  </${Dialog}>`;
}

function Option({ option, words, id, selected, take, over }) {
  const { room, user } = option;
  return html`<div class="opt" id=${id} role="option" aria-selected=${selected ? 'true' : 'false'} onClick=${take} onPointerMove=${() => !selected && over()}>
    ${room ? html`<${RoomSign} room=${room} size="av-28" dot=${true} />` : html`<${Avatar} user=${user} size="av-28" dot=${true} />`}
    <span>${marked(option.name, words)}</span><span class="sub">${option.sub}</span>
    <span class="end">${room && state.isUnread(room) && (state.callsOf(room) ? html`<span class="badge">${state.callsOf(room)}</span>` : html`<span class="dot"></span>`)}${selected && html`<${Icon} name="corner-down-left" size="s" />`}</span>
  </div>`;
}

/** Underlines what was typed, where it stands as it is. */
function marked(name, words) {
  const start = words ? fold(name).indexOf(words) : -1;
  if (start < 0 || fold(name).length !== name.length) return name;
  return [name.slice(0, start), html`<mark>${name.slice(start, start + words.length)}</mark>`, name.slice(start + words.length)];
}

function results({ kind, words, people, open }) {
  const mine = [...state.rooms.value.values()];
  const rank = (room) => (state.isUnread(room) ? 1e15 : 0) + (room.last_message?.at ?? room.created_at);
  const toRoom = (room, sub) => ({ key: `r${room.id}`, room, name: state.titleOf(room), sub });
  const found = (list) =>
    list
      .map((option) => ({ option, score: match(option.name, words) }))
      .filter((one) => one.score)
      .sort((a, b) => b.score - a.score)
      .map((one) => one.option)
      .slice(0, MOST);
  const byUse = mine.sort((a, b) => rank(b) - rank(a));
  if (!words && kind === 'all')
    return [{ name: 'recent', options: byUse.filter((room) => !room.archived).slice(0, 8).map((room) => toRoom(room, room.topic ?? '')) }].filter(
      (group) => group.options.length,
    );
  const groups = [];
  if (kind !== 'people') {
    const joined = byUse.filter((room) => room.kind !== 'direct').map((room) => toRoom(room, room.archived ? t('side.archived') : (room.topic ?? '')));
    const others = open
      .filter((room) => !state.rooms.value.has(room.id))
      .map((room) => toRoom(room, t('switch.notjoined', { n: room.member_count })));
    groups.push({ name: 'rooms', options: found([...joined, ...others]) });
  }
  if (kind !== 'rooms') {
    const directs = byUse
      .filter((room) => room.kind === 'direct')
      .map((room) =>
        toRoom(room, room.users.length > 2 ? t('members.count', { n: room.users.length }) : `@${state.othersOf(room)[0].username}`),
      );
    const known = new Set(
      byUse.filter((room) => room.kind === 'direct' && room.users.length === 2).map((room) => state.othersOf(room)[0].id),
    );
    const others = people
      .filter((user) => user.id !== state.me.value.id && user.active && !known.has(user.id))
      .map((user) => ({ key: `u${user.id}`, user, name: user.name, sub: `@${user.username}` }));
    groups.push({ name: 'people', options: [...found(directs), ...others].slice(0, MOST) });
  }
  return groups.filter((group) => group.options.length);
}
