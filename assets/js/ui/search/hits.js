// What a search found, by room: who said it, when, and two lines around the words that were asked for.
import { html } from '../../view.js';
import { go } from '../../router.js';
import { details } from '../../actions.js';
import { wide } from '../../look.js';
import * as state from '../../state.js';
import { kindOf } from '../../kinds.js';
import { openThread } from '../../threads.js';
import { tidy } from '../../search/snippet.js';
import { full, short } from '../../time.js';
import { t } from '../../i18n.js';
import { plain } from '../../text.js';
import { Avatar, Icon, RoomSign } from '../basics.js';
import { iconOf } from '../files/card.js';

const NAMED = 2;

/** Neighbours of one room in one group. What was shown stays where it is when more comes. */
function groups(pages) {
  const all = [];
  for (const hits of pages) {
    const here = new Map();
    const last = all.at(-1);
    if (last) here.set(last.room, last);
    for (const hit of hits) {
      const group = here.get(hit.room);
      if (group) group.hits.push(hit);
      else {
        const fresh = { room: hit.room, hits: [hit] };
        here.set(hit.room, fresh);
        all.push(fresh);
      }
    }
  }
  return all;
}

/** @param {{pages: any[][], open: (id: number) => void, only: ((room: any) => void)|null}} props `open` is told which one is gone to; `only` looks into one room alone */
export function Hits({ pages, open, only }) {
  const all = groups(pages);
  const rooms = new Set(all.map(({ room }) => room)).size;
  return all.map(({ room: id, hits }) => {
    const room = state.rooms.value.get(id);
    const head = `find-in-${hits[0].message.id}`;
    return html`<section class="findgroup" key=${head} aria-labelledby=${head}>
      <div class="fh"><h2 id=${head}><${RoomSign} room=${room} size="av-24" /><span class="utext">${state.titleOf(room)}</span> <span class="n">${hits.length}<span class="sr"> ${t('search.hits', { n: hits.length })}</span></span></h2>
        ${only && rooms > 1 && html`<button type="button" class="btn-t" aria-label=${t('search.only.room', { room: state.titleOf(room) })} onClick=${() => only(room)}>${t('search.only')}</button>`}</div>
      <ul class="card">${hits.map((hit) => html`<li key=${hit.message.id}><${Hit} hit=${hit} open=${open} /></li>`)}</ul>
    </section>`;
  });
}

function Hit({ hit: { message, room, snippet }, open }) {
  const user = state.userOf(message.user);
  const address = `/r/${room}/${message.id}`;
  const follow = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(message.id);
    // What lies over the messages from before would hide the one that one goes to.
    if (!message.thread) openThread.value = null;
    if (!wide.value) details.value = false;
    go(address, { state: { found: true } });
  };
  const pieces = tidy(snippet);
  const words = pieces.map(({ text }) => text).join('');
  const files = message.files ?? [];
  // Where the name of a file fits, the words of its message stand above it.
  const named = files.find(({ name }) => name === words);
  const others = files.filter((file) => file !== named);
  return html`<a class="foundrow" href=${address} data-find=${message.id} onClick=${follow}>
    <${Avatar} user=${user} />
    <span class="ft">
      <span class="fw"><b class="utext">${user.name}</b> <time dateTime=${new Date(message.at).toISOString()} title=${full(message.at)}>${short(message.at)}</time>
        ${message.thread && html`<span class="fin"><${Icon} name="message-circle" size="xs" />${t('search.inthread')}</span>`}${message.pinned && html`<span class="fin"><${Icon} name="pin" size="xs" />${t('search.pinned')}</span>`}</span>
      ${named && message.text && html`<span class="fx one" dir="auto">${plain(message.text)}</span>`}
      ${words && html`<span class=${`fx ${named ? 'named' : ''}`} dir=${named ? null : 'auto'}>${named && html`<${Icon} name=${iconOf(named, kindOf(named))} size="s" />`}<span class="utext">${pieces.map(({ text, mark }) => (mark ? html`<mark>${text}</mark>` : text))}</span></span>`}
      ${(message.text || named) && others.length > 0 && html`<span class="fl">${others.slice(0, NAMED).map((file) => html`<span key=${file.id}><${Icon} name=${iconOf(file, kindOf(file))} size="xs" /><span class="utext">${file.name}</span></span>`)}${others.length > NAMED && html`<span>${t('search.files.more', { n: others.length - NAMED })}</span>`}</span>`}
    </span>
  </a>`;
}
