// People and rooms whose names answer what is looked for, above the messages.
import { html } from '../../view.js';
import { attempt, openDirect } from '../../actions.js';
import * as state from '../../state.js';
import { near } from '../../near.js';
import { t } from '../../i18n.js';
import { Avatar, RoomSign } from '../basics.js';

const MOST = 4;
const LEAST = 2;

/** Letters in order alone say little about a name when it is messages that one looks for; a slip of the finger counts only where nothing else does. */
function best(list, words, namesOf) {
  const scored = list.map((one) => ({ one, score: near(words, ...namesOf(one)) })).sort((a, b) => b.score - a.score);
  const sure = scored.filter(({ score }) => score > 3);
  return (sure.length ? sure : scored.filter(({ score }) => score === 1 || score === 2)).slice(0, MOST).map(({ one }) => one);
}

/** @param {{words: string}} props */
export function Known({ words }) {
  const typed = words.trim();
  if (typed.length < LEAST) return null;
  const rooms = best([...state.rooms.value.values()].filter((room) => room.kind !== 'direct'), typed, ({ name }) => [name]);
  const people = best([...state.users.value.values()].filter(({ id, active }) => active && id !== state.me.value.id), typed, ({ name, username }) => [name, username]);
  if (!rooms.length && !people.length) return null;
  return html`<ul class="known" aria-label=${t('search.known')}>
    ${rooms.map((room) => html`<li key=${`r${room.id}`}><a class="chip" data-find=${`r${room.id}`} href=${`/r/${room.id}`}><${RoomSign} room=${room} size="av-24" /><span class="utext">${room.name}</span></a></li>`)}
    ${people.map((user) => html`<li key=${`u${user.id}`}><button type="button" class="chip" data-find=${`u${user.id}`} onClick=${() => attempt(() => openDirect([user.id]))}><${Avatar} user=${user} size="av-24" dot=${true} /><span class="utext">${user.name}</span></button></li>`)}
  </ul>`;
}
