// What one keeps for later, of all rooms, newest first.
import { html, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import { addUsers, saved } from '../state.js';
import { toggleSaved } from '../marks.js';
import { t } from '../i18n.js';
import { Empty, Icon, sentence } from './basics.js';
import { Found } from './found.js';

export function Saved() {
  const [list, setList] = useState(null);
  const [next, setNext] = useState(null);
  const [error, setError] = useState('');
  const load = async (cursor) => {
    setError('');
    try {
      const page = await api('GET', `/me/saved?limit=50${cursor ? `&cursor=${cursor}` : ''}`);
      addUsers(page.users);
      setList((before) => [...(cursor ? before : []), ...page.messages]);
      setNext(page.next);
    } catch (problem) {
      setError(sentence(problem));
    }
  };
  // What another device keeps or lets go of shows here too.
  useEffect(() => {
    const shown = list?.every((message) => saved.value.has(message.id)) && (next || list.length === saved.value.size);
    if (!shown) load();
  }, [saved.value]);
  const shown = list?.filter((message) => saved.value.has(message.id));
  return html`<div class="page one"><div class="pane saved">
    <header>
      <a class="ib back" href="/" aria-label=${t('room.back')}><${Icon} name="chevron-left" size="l" /></a>
      <div><h1>${t('saved.title')}</h1><p>${t('saved.text')}</p></div>
    </header>
    ${error && html`<${Empty} title=${t('messages.failed')} text=${error}><button type="button" class="btn btn-q" onClick=${() => load()}>${t('action.retry')}</button></${Empty}>`}
    ${shown && !shown.length && !error && html`<${Empty} sign=${html`<span class="av av-56 tile h4" aria-hidden="true"><${Icon} name="star" size="l" /></span>`} title=${t('saved.empty')} text=${t('saved.empty.text')} />`}
    ${
      shown?.length > 0 &&
      html`<ul class="card finds">${shown.map(
        (message) => html`<li key=${message.id}><${Found} message=${message} where=${true}>
          <button type="button" class="btn btn-q btn-s" onClick=${() => toggleSaved(message)}><${Icon} name="x" size="s" />${t('saved.remove')}</button>
        </${Found}></li>`,
      )}</ul>`
    }
    ${next && html`<button type="button" class="btn btn-q" onClick=${() => load(next)}>${t('found.more')}</button>`}
  </div></div>`;
}
