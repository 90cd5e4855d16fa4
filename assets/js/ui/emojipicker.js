// Choosing an emoji: search, recent ones, groups, skin tone; by pointer, thumb and keyboard alike.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '../view.js';
import { recent } from '../emoji.js';
import { emojiSearch, loadEmoji, setTone, tone, toned } from '../emojilist.js';
import { phone, touch } from '../look.js';
import { t } from '../i18n.js';
import { Icon } from './basics.js';
import { place } from './place.js';

const SIGNS = { recent: '🕘', smileys: '😀', people: '👋', nature: '🌿', food: '🍎', travel: '🧭', activities: '⚽', objects: '💡', symbols: '💬', flags: '🏁' };
const TONES = ['👋', '👋🏻', '👋🏼', '👋🏽', '👋🏾', '👋🏿'];
const FOUND = 60;

/** @param {{anchor: Element, onPick: (emoji: string) => void, close: () => void}} props */
export function EmojiPicker({ anchor, onPick, close }) {
  const box = useRef(null);
  const [groups, setGroups] = useState(null);
  const [failed, setFailed] = useState(false);
  const [query, setQuery] = useState('');
  const [found, setFound] = useState(null);
  const [named, setNamed] = useState(null);
  const picked = useRef(false);

  useLayoutEffect(() => {
    const dialog = box.current;
    const opener = anchor.isConnected ? anchor : document.activeElement;
    // The tools of a message may hide as soon as the focus leaves them.
    const from = anchor.getBoundingClientRect();
    dialog.showModal();
    if (!phone.value) place(dialog.firstElementChild, anchor, from);
    if (!touch.value) dialog.querySelector('input').focus();
    return () => {
      dialog.close();
      if (document.activeElement !== document.body) return;
      // What was pressed may be gone or hidden by now: then the message it belonged to, else where one writes.
      const places = [opener, opener.closest('article'), !touch.value && document.querySelector('.comp textarea')];
      for (const one of places) {
        one?.focus?.({ preventScroll: true });
        if (document.activeElement === one) return;
      }
    };
  }, []);
  useEffect(() => {
    loadEmoji().then(setGroups, () => setFailed(true));
  }, []);
  useEffect(() => {
    if (!query.trim()) return setFound(null);
    let here = true;
    emojiSearch(query, FOUND).then(
      (list) => here && setFound(list.map(({ one }) => one)),
      () => here && setFailed(true),
    );
    return () => (here = false);
  }, [query, tone()]);

  const shown = useMemo(() => sections(groups, found), [groups, found]);
  const pick = (emoji) => {
    if (picked.current) return;
    picked.current = true;
    close();
    onPick(emoji);
  };
  const outside = (event) => event.target === box.current && close();
  const cancel = (event) => (event.preventDefault(), close());
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    const field = event.target.matches('input[type=search]');
    const cell = event.target.closest('[data-emoji]');
    const cells = [...box.current.querySelectorAll('[data-emoji]')];
    // The browser would only empty the field.
    if (event.key === 'Escape') close();
    else if (field && event.key === 'Enter' && cells[0]) pick(cells[0].dataset.emoji);
    else if (field && event.key === 'ArrowDown' && cells[0]) focusCell(cells[0]);
    else if (cell && step(event.key, cell, cells, box.current)) return event.preventDefault();
    // A letter means that one goes on searching.
    else if (cell && event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey) return box.current.querySelector('input').focus();
    else return;
    event.preventDefault();
  };
  const goTo = (group) => {
    if (query) setQuery('');
    requestAnimationFrame(() => box.current?.querySelector(`[data-group="${group}"]`)?.scrollIntoView({ block: 'start' }));
  };
  const tell = (event) => {
    const cell = event.target.closest('[data-emoji]');
    if (cell) setNamed({ emoji: cell.dataset.emoji, name: cell.getAttribute('aria-label'), code: cell.dataset.code });
  };

  return html`<dialog ref=${box} class="emo" aria-label=${t('emoji.title')} onCancel=${cancel} onMouseDown=${outside} onKeyDown=${onKeyDown}>
    <div class="emob" tabindex="-1" autofocus=${touch.value}>
      <div class="emos">
        <${Icon} name="search" size="s" />
        <input type="search" value=${query} placeholder=${t('emoji.search')} aria-label=${t('emoji.search')} autocomplete="off" spellcheck="false" enterkeyhint="done" onInput=${(event) => setQuery(event.currentTarget.value)} />
        <button type="button" class="ib" aria-label=${t('action.close')} onClick=${close}><${Icon} name="x" size="s" /></button>
      </div>
      <div class="emog" role="group" aria-label=${t('emoji.groups')}>
        ${sections(groups, null).map(({ group }) => html`<button type="button" key=${group} aria-label=${t(`emoji.group.${group}`)} title=${t(`emoji.group.${group}`)} onClick=${() => goTo(group)}><span class="e" aria-hidden="true">${SIGNS[group]}</span></button>`)}
      </div>
      <div class="emol" aria-busy=${groups || failed ? 'false' : 'true'} onPointerOver=${tell} onFocusIn=${tell}>
        ${failed && html`<p class="none" role="alert">${t('emoji.failed')}</p>`}
        ${found && !found.length && html`<p class="none" role="status">${t('emoji.none')}</p>`}
        ${shown.map((section, index) => html`<${Section} key=${section.group} section=${section} first=${index === 0} pick=${pick} />`)}
      </div>
      <div class="emof">
        <span class="named" aria-hidden="true">${named && html`<span class="e">${named.emoji}</span><span><b>${named.name}</b>${named.code && html`<small>:${named.code}:</small>`}</span>`}</span>
        <${Tones} />
      </div>
    </div>
  </dialog>`;
}

/** @param {any[]|null} groups @param {any[]|null} found @returns {{group: string, list: any[]}[]} what is shown, one under the other */
function sections(groups, found) {
  if (found) return found.length ? [{ group: 'results', list: found }] : [];
  if (!groups) return [];
  const known = new Map(groups.flatMap(({ list }) => list).flatMap((one) => [one.emoji, ...one.tones].map((emoji) => [emoji, one])));
  const last = recent().flatMap((emoji) => (known.has(emoji) ? [{ ...known.get(emoji), emoji, tones: [] }] : []));
  return last.length ? [{ group: 'recent', list: last.slice(0, 18) }, ...groups] : groups;
}

function Section({ section: { group, list }, first, pick }) {
  const name = group === 'results' ? t('emoji.results') : t(`emoji.group.${group}`);
  const chosen = tone();
  const cells = useMemo(
    () =>
      list.map((one, index) => {
        const emoji = toned(one);
        return html`<button type="button" key=${one.emoji} tabindex=${first && index === 0 ? '0' : '-1'} data-emoji=${emoji} data-code=${one.shortcodes[0]} aria-label=${one.name} onClick=${() => pick(emoji)}>${emoji}</button>`;
      }),
    [list, chosen, first],
  );
  return html`<section data-group=${group} style=${{ '--rows': Math.ceil(list.length / 8) }}><h3>${name}</h3><div class="cells" role="group" aria-label=${name}>${cells}</div></section>`;
}

/** Yellow, or one of five skin tones, for every emoji that has them. */
function Tones() {
  const [open, setOpen] = useState(false);
  const chosen = tone();
  const choose = (number) => {
    setOpen(false);
    if (number !== chosen) setTone(number);
  };
  if (!open)
    return html`<button type="button" class="tone" aria-label=${`${t('emoji.tone')}: ${t(`emoji.tone.${chosen}`)}`} aria-expanded="false" onClick=${() => setOpen(true)}><span class="e">${TONES[chosen]}</span></button>`;
  return html`<span class="tones" role="group" aria-label=${t('emoji.tone')}>
    ${TONES.map((hand, number) => html`<button type="button" key=${hand} class="tone" aria-label=${t(`emoji.tone.${number}`)} aria-pressed=${number === chosen ? 'true' : 'false'} onClick=${() => choose(number)}><span class="e">${hand}</span></button>`)}
  </span>`;
}

/** Moves the focus in the grid. @returns {boolean} whether the key was one of movement */
function step(key, cell, cells, box) {
  const at = cells.indexOf(cell);
  const rtl = document.documentElement.dir === 'rtl';
  const aside = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[key];
  if (aside) focusCell(cells[at + aside] ?? cell);
  else if (key === 'Home') focusCell(cells[0]);
  else if (key === 'End') focusCell(cells.at(-1));
  else if (key === 'ArrowDown') focusCell(below(cell, cells.slice(at + 1)) ?? cell);
  else if (key === 'ArrowUp') {
    const up = below(cell, cells.slice(0, at).reverse());
    up ? focusCell(up) : box.querySelector('input').focus();
  } else return false;
  return true;
}

/** Of the cells that follow, nearest first, the one straight under (or over) a cell: in the next row, or its end where that is shorter. */
function below(cell, following) {
  const left = cell.offsetLeft;
  const next = following.find((one) => one.offsetTop !== cell.offsetTop);
  const row = next ? following.filter((one) => one.offsetTop === next.offsetTop) : [];
  return row.sort((a, b) => Math.abs(a.offsetLeft - left) - Math.abs(b.offsetLeft - left))[0];
}

/** One cell is in the tab order: the one that was used last. */
function focusCell(cell) {
  for (const one of cell.closest('.emol').querySelectorAll('[tabindex="0"]')) one.tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus();
}
