// Every message that calls one, in all rooms, the newest first; each leads to its place.
import { html, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import * as state from '../state.js';
import { actions } from '../actions.js';
import { phone } from '../look.js';
import { full, short } from '../time.js';
import { t } from '../i18n.js';
import { gist } from '../kinds.js';
import { Avatar, Empty, ErrorLine, Icon, sentence } from './basics.js';
import { Tabs } from './sidebar.js';

const PAGE = 50;
const SHOWN = 300;

/** The view. */
export function Mentions() {
  const [list, setList] = useState(null);
  const [next, setNext] = useState(null);
  const [error, setError] = useState('');
  const load = async (cursor) => {
    try {
      const page = await api('GET', `/me/mentions?limit=${PAGE}${cursor ? `&cursor=${cursor}` : ''}`);
      state.addUsers(page.users);
      setError('');
      setList((before) => (cursor ? [...(before ?? []), ...page.messages] : page.messages));
      setNext(page.next);
    } catch (problem) {
      setError(sentence(problem));
    }
  };
  // Asked again when one is called, or has read it.
  const count = state.mentionCount.value;
  useEffect(() => void load(), [count]);
  return html`<section class="page one" aria-label=${t('mentions.title')}><div class="pane">
    <header>${phone.value && html`<a class="ib back" href="/" aria-label=${t('room.back')}><${Icon} name="chevron-left" size="l" /></a>`}
      <div><h1>${t('mentions.title')}</h1><p>${t('mentions.text')}</p></div>
      ${count > 0 && html`<div class="sp">${phone.value ? html`<button class="ib" aria-label=${t('mentions.readall')} onClick=${actions.readAll}><${Icon} name="check-check" /></button>` : html`<button class="btn btn-q" onClick=${actions.readAll}><${Icon} name="check-check" size="s" />${t('mentions.readall')}</button>`}</div>`}</header>
    <${ErrorLine} error=${error} />
    ${list && !list.length && html`<${Empty} sign=${html`<span class="av av-56 tile h2" aria-hidden="true"><${Icon} name="at-sign" size="l" /></span>`} title=${t('mentions.none')} text=${t('mentions.none.text')} />`}
    ${list && list.length > 0 && html`<ul class="card calls">${list.map((message) => html`<li key=${message.id}><${Found} message=${message} /></li>`)}</ul>`}
    ${next && list.length < SHOWN && html`<button class="btn btn-q" onClick=${() => load(next)}>${t('mentions.more')}</button>`}
  </div></section>${phone.value && html`<${Tabs} sheet=${true} />`}`;
}

function Found({ message }) {
  const room = state.roomOf(message.room);
  const user = state.userOf(message.user);
  const fresh = room?.me && message.id > room.me.read_up_to && !message.thread;
  return html`<a class=${`foundrow ${fresh ? 'fresh' : ''}`} href=${`/r/${message.room}/${message.id}`}>
    <${Avatar} user=${user} />
    <span class="ft"><span class="fw"><b>${user.name}</b> <span>${room ? state.titleOf(room) : ''}</span> <time dateTime=${new Date(message.at).toISOString()} title=${full(message.at)}>${short(message.at)}</time></span>
      <span class="fx">${gist(message)}</span></span>
    ${fresh && html`<span class="dot"></span><span class="sr">${t('side.unread')}</span>`}
  </a>`;
}
