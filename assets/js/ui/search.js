// Finding what was said: the field, what it found, and the way to each message and back.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../view.js';
import { go, route } from '../router.js';
import { actions, lastRoom } from '../actions.js';
import * as state from '../state.js';
import { announceCalmly } from '../announce.js';
import { offline } from '../socket.js';
import { ask, busy, failure, found, hasMore, more, place, retry, shown } from '../search/finding.js';
import { clauses, inRoom, isFilter, roomsCalled, without, wordsOf } from '../search/asked.js';
import { addRecent } from '../search/recent.js';
import { t } from '../i18n.js';
import { Empty, Icon, sentence } from './basics.js';
import { Beginning } from './search/beginning.js';
import { Field } from './search/field.js';
import { Filters } from './search/filters.js';
import { Hits } from './search/hits.js';
import { Known } from './search/known.js';

/** Slower than this, and one is told that something goes on. */
const SLOW = 300;

/** What this place of the history began with, or has become. */
function begun() {
  const { text, query = '', room, sort = 'best' } = history.state ?? {};
  const inside = room && state.rooms.value.get(room);
  return { text: text ?? (inside ? `${inRoom(inside)} ${query}` : query), sort };
}

/** Keeps the words with the place, so that it is the same after a reload and on the way back. */
const remember = (text, sort) => route.value.name === 'search' && history.replaceState({ ...history.state, text, sort }, '');

/** Back to where one was, if that was in here. */
const leave = () => (history.state && 'room' in history.state ? history.back() : go(state.rooms.value.has(lastRoom.get()) ? `/r/${lastRoom.get()}` : '/'));

/** @param {{at: any}} props `at` is the address, which is another one each time the search is opened */
export function Search({ at }) {
  const [{ text, sort }, setAsked] = useState(begun);
  const box = useRef(null);
  const hands = useRef(null);
  const slow = useSlow(busy.value);

  useEffect(() => {
    const next = begun();
    setAsked(next);
    ask(next.text, next.sort, { pause: 0 });
    const back = found.value && place.hit && box.current.querySelector(`[data-find="${place.hit}"]`);
    if (!back) hands.current.focus();
  }, [at]);
  // Back from a message: where one was, at the message that one had opened.
  useLayoutEffect(() => {
    if (!place.hit || !found.value) return;
    box.current.scrollTop = place.scroll;
    const hit = box.current.querySelector(`[data-find="${place.hit}"]`);
    hit?.focus({ preventScroll: true });
    hit?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  const answer = found.value;
  useEffect(() => {
    if (!answer) return;
    remember(answer.text, answer.sort);
    announceCalmly(said(answer));
  }, [answer]);

  const change = (next) => {
    setAsked((before) => ({ ...before, text: next }));
    ask(next, sort);
  };
  const order = (next) => {
    setAsked({ text, sort: next });
    ask(text, next, { pause: 0 });
  };
  const enter = () => {
    addRecent(text);
    ask(text, sort, { pause: 0 });
  };
  const down = () => step(box.current, null, 1);
  const open = (id) => {
    Object.assign(place, { hit: id, scroll: box.current.scrollTop });
    remember(text, sort);
    addRecent(text);
  };
  const onKeyDown = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const move = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (event.key === 'Escape' && !event.shiftKey) hands.current.select();
    else if (!move || !event.target.closest('[data-find]')) return;
    else if (!step(box.current, event.target, move)) hands.current.focus();
    event.preventDefault();
  };

  const all = clauses(text);
  const inside = all.filter((clause) => clause.name === 'in' && !clause.negated).flatMap(({ value }) => roomsCalled(value));
  const room = inside.length === 1 ? inside[0] : null;
  const answered = answer && text.trim();
  const words = wordsOf(text);
  return html`<section class="page one finder" aria-label=${t('search.title')} ref=${box} onKeyDown=${onKeyDown}><div class="pane">
    <header>
      <button type="button" class="ib back" aria-label=${t('action.back')} onClick=${leave}><${Icon} name="chevron-left" size="l" /></button>
      <h1>${t('search.title')}</h1>
      <div class="sp">
        ${room && room.kind !== 'direct' && html`<button type="button" class="btn btn-q btn-s" aria-haspopup="dialog" onClick=${() => actions.jumpToDate(room)}><${Icon} name="clock" size="s" />${t('search.date')}</button>`}
        <button type="button" class="ib leave" aria-label=${t('search.close')} title=${t('search.close')} onClick=${leave}><${Icon} name="x" /></button>
      </div>
    </header>
    <${Field} text=${text} change=${change} enter=${enter} down=${down} leave=${leave} hands=${hands} />
    <${Filters} all=${all} drop=${(clause) => (change(without(text, (one) => one.from === clause.from)), hands.current.focus())} />
    ${!text.trim() && html`<${Beginning} write=${(words) => hands.current.write(words)} choose=${(words) => (change(words), hands.current.focus())} />`}
    ${
      text.trim() &&
      html`<div class="findbar">
        <p class="total">${answered && !failure.value ? said(answer) : slow ? t('search.busy') : ''}</p>
        <${Order} sort=${sort} order=${order} />
      </div>`
    }
    ${words && all.every((clause) => !isFilter(clause)) && html`<${Known} words=${words} />`}
    ${text.trim() && failure.value && html`<${Failed} />`}
    ${answered && !failure.value && html`<div aria-busy=${slow ? 'true' : 'false'} class=${slow ? 'old' : ''}><${Hits} pages=${shown.value} open=${open} only=${room ? null : (one) => change(`${inRoom(one)} ${text}`)} /></div>`}
    ${answered && !failure.value && !busy.value && !shown.value.flat().length && html`<${Nothing} text=${text} all=${all} change=${change} focus=${() => hands.current.focus()} />`}
    ${!answer && slow && !failure.value && html`<${Waiting} />`}
    ${answered && !failure.value && hasMore() && html`<button type="button" class="btn btn-q" disabled=${busy.value} onClick=${more}>${t('found.more')}</button>`}
  </div></section>`;
}

/** @param {any} answer @returns {string} how much was found, and whether that is all */
const said = ({ total, partial }) => [t('search.total', { n: total }), partial && t('search.partial')].filter(Boolean).join(' ');

/** @param {boolean} going @returns {boolean} whether it has been going on for a while */
function useSlow(going) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    setSlow(false);
    const timer = going && setTimeout(setSlow, SLOW, true);
    return () => clearTimeout(timer);
  }, [going]);
  return slow && going;
}

/** Moves the focus among what was found. @returns {boolean} false above the first */
function step(box, from, by) {
  const all = [...box.querySelectorAll('[data-find]')];
  const at = all.indexOf(from?.closest('[data-find]'));
  if (at + by < 0 && by === -1) return false;
  const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
  next?.focus();
  return true;
}

function Order({ sort, order }) {
  return html`<div class="seg" role="radiogroup" aria-label=${t('search.order')}>
    ${['best', 'newest'].map((name) => html`<label key=${name}><input type="radio" name="find-order" checked=${sort === name} onChange=${() => order(name)} /><span>${t(`search.order.${name}`)}</span></label>`)}
  </div>`;
}

function Failed() {
  const away = failure.value.status === 0;
  return html`<div role="alert"><${Empty} sign=${html`<span class="av av-56 tile h7" aria-hidden="true"><${Icon} name=${away ? 'wifi-off' : 'circle-alert'} size="l" /></span>`}
    title=${t(away ? 'search.offline' : 'search.failed')} text=${away ? t(offline.value ? 'search.offline.text' : 'error.offline') : sentence(failure.value)}>
    <button type="button" class="btn btn-q" onClick=${retry}><${Icon} name="rotate-cw" size="s" />${t('action.retry')}</button></${Empty}></div>`;
}

/** Nothing fits: what may help. */
function Nothing({ text, all, change, focus }) {
  const filters = all.filter(isFilter);
  const places = filters.filter(({ name }) => name === 'in');
  const drop = (goes) => () => (change(without(text, goes)), focus());
  return html`<${Empty} sign=${html`<span class="av av-56 tile h6" aria-hidden="true"><${Icon} name="search" size="l" /></span>`} title=${t('search.none')} text=${t(filters.length ? 'search.none.filters' : 'search.none.words')}>
    ${places.length > 0 && html`<button type="button" class="btn btn-q" onClick=${drop(({ name }) => name === 'in')}>${t('search.none.everywhere')}</button>`}
    ${filters.length > places.length && html`<button type="button" class="btn btn-q" onClick=${drop(isFilter)}>${t('search.none.drop')}</button>`}
  </${Empty}>`;
}

const Waiting = () =>
  html`<div class="findwait" aria-hidden="true">${[1, 2, 3, 4].map((n) => html`<div key=${n}><span class="av sk"></span><span><span class="sk sk1"></span><span class="sk sk2"></span></span></div>`)}</div>`;
