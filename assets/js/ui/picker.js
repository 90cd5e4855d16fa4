// Choosing people: chips for the chosen, a field to search, a list of who answers.
import { html, useEffect, useRef, useState } from '../view.js';
import { api } from '../api.js';
import { addUsers, me } from '../state.js';
import { t } from '../i18n.js';
import { Avatar, Icon } from './basics.js';

/**
 * @param {{chosen: any[], change: (people: any[]) => void, labelledby: string, without?: Set<number>, most?: number, focus?: boolean}} props
 */
export function PeoplePicker({ chosen, change, labelledby, without, most = 50, focus }) {
  const [query, setQuery] = useState('');
  const [found, setFound] = useState(null);
  const [at, setAt] = useState(0);
  const field = useRef(null);

  useEffect(() => {
    const timer = setTimeout(
      async () => {
        const answer = await api('GET', `/users?query=${encodeURIComponent(query.trim().replace(/^@/, ''))}&limit=50`).catch(() => null);
        if (!answer) return;
        addUsers(answer.users);
        setFound(answer.users);
        setAt(0);
      },
      query ? 120 : 0,
    );
    return () => clearTimeout(timer);
  }, [query]);

  const options = (found ?? []).filter(
    (user) => user.active && user.id !== me.value.id && !without?.has(user.id) && !chosen.some((one) => one.id === user.id),
  );
  const full = chosen.length >= most;
  const add = (user) => {
    if (full || !user) return;
    change([...chosen, user]);
    setQuery('');
    field.current?.focus();
  };
  const remove = (user) => {
    change(chosen.filter((one) => one.id !== user.id));
    field.current?.focus();
  };
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && options.length) {
      event.preventDefault();
      setAt((at + move + options.length) % options.length);
    } else if (event.key === 'Enter' && (query.trim() || !chosen.length)) {
      event.preventDefault();
      add(options[at]);
    } else if (event.key === 'Backspace' && !query && chosen.length) remove(chosen.at(-1));
  };

  return html`<div class="chips">
      ${chosen.map(
        (user) => html`<span class="chip chip-pine" key=${user.id}><${Avatar} user=${user} />${user.name}
        <button type="button" class="ib" aria-label=${t('picker.remove', { name: user.name })} onClick=${() => remove(user)}><${Icon} name="x" size="xs" /></button></span>`,
      )}
      <input ref=${field} value=${query} role="combobox" aria-expanded="true" aria-controls="picker-list" aria-autocomplete="list" aria-labelledby=${labelledby} autofocus=${focus}
        aria-activedescendant=${options[at] ? `pick-${options[at].id}` : null} placeholder=${chosen.length ? '' : t('picker.search')} autocomplete="off" disabled=${full}
        onInput=${(event) => setQuery(event.currentTarget.value)} onKeyDown=${onKeyDown} />
    </div>
    <div class="picks" id="picker-list" role="listbox" aria-labelledby=${labelledby}>
      ${options.slice(0, 30).map(
        (
          user,
          index,
        ) => html`<div key=${user.id} class="opt" id=${`pick-${user.id}`} role="option" aria-selected=${index === at ? 'true' : 'false'} onMouseDown=${(event) => (event.preventDefault(), add(user))}>
        <${Avatar} user=${user} size="av-28" dot=${true} /><span>${user.name}</span><span class="sub">@${user.username}</span>
      </div>`,
      )}
    </div>
    ${found && !options.length && html`<p class="f-h">${t(full ? 'picker.full' : query ? 'picker.none' : 'picker.nobody')}</p>`}`;
}
