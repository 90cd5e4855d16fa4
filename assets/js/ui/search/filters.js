// The filters that are in the field, as they are understood; each can be taken away.
import { html } from '../../view.js';
import * as state from '../../state.js';
import { isFilter, personCalled, roomsCalled } from '../../search/asked.js';
import { locale, t } from '../../i18n.js';
import { Avatar, Icon, RoomSign } from '../basics.js';

const SAME = { picture: 'image', sound: 'audio', emoji: 'reaction', pinned: 'pin' };

/** What a filter names, in words. */
function valueOf({ name, value }) {
  if (name === 'in') return roomsCalled(value).map(state.titleOf).join(', ') || value;
  if (name === 'from' || name === 'to') return /^@?me$/i.test(value) ? t('search.me') : (personCalled(value)?.name ?? value);
  const low = value.toLowerCase();
  if (name === 'has' || name === 'is') {
    const one = low.replace(/s$/, '');
    const plain = SAME[one] ?? one;
    return t(plain === 'thread' || plain === 'saved' ? `search.is.${plain}` : `search.has.${plain}`);
  }
  return dayOf(low);
}

function dayOf(value) {
  if (value === 'today' || value === 'yesterday') return t(`search.day.${value}`);
  const count = /^(\d+)([dw])$/.exec(value);
  if (count) return t(count[2] === 'd' ? 'search.days' : 'search.weeks', { n: Number(count[1]) });
  const [year, month, day] = value.split(/[-/.]/).map(Number);
  const how = { year: 'numeric', ...(month ? { month: 'long' } : {}), ...(day ? { day: 'numeric' } : {}) };
  return new Intl.DateTimeFormat(locale(), how).format(new Date(year, (month ?? 1) - 1, day ?? 1));
}

function Sign({ name, value }) {
  if (name === 'in') {
    const rooms = roomsCalled(value);
    return rooms.length ? html`<${RoomSign} room=${rooms[0]} size="av-24" />` : html`<${Icon} name="circle-alert" size="s" />`;
  }
  const user = (name === 'from' || name === 'to') && personCalled(value);
  return user ? html`<${Avatar} user=${user} size="av-24" />` : null;
}

/** @param {{all: any[], drop: (clause: any) => void}} props */
export function Filters({ all, drop }) {
  const list = all.filter(isFilter);
  if (!list.length) return null;
  return html`<ul class="filters" aria-label=${t('search.filters')}>${list.map((clause) => {
    const words = t(`search.chip.${clause.name}`, { value: valueOf(clause) });
    const label = clause.negated ? t('search.chip.not', { what: words }) : words;
    return html`<li key=${clause.from} class=${`chip ${clause.negated ? '' : 'chip-pine'}`}><${Sign} ...${clause} /><span class="utext">${label}</span>
      <button type="button" class="ib" aria-label=${t('search.chip.drop', { what: label })} onClick=${() => drop(clause)}><${Icon} name="x" size="xs" /></button></li>`;
  })}</ul>`;
}
