// API keys of somebody, oneself or a bot: listed, made, shown once, revoked.
import { html, lazy, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import { openDialog } from '../layers.js';
import { actions } from '../actions.js';
import { ago, full } from '../time.js';
import { t } from '../i18n.js';
import { ErrorLine, Icon, sentence } from './basics.js';

const NewKey = lazy(() => import('./newkey.js').then((module) => module.NewKey), 'panels', 'credentials');

/** @param {{path: string, scopes: string[], rooms: any[]}} props `path`: where the keys are; `rooms`: those that one may be limited to */
export function KeyList({ path, scopes, rooms }) {
  const [list, setList] = useState(null);
  const [error, setError] = useState('');
  const load = () =>
    api('GET', path).then(
      (answer) => setList(answer.keys),
      (problem) => setError(sentence(problem)),
    );
  useEffect(() => void load(), [path]);
  const revoke = (key) =>
    actions.confirm({
      title: t('keys.revoke.title', { name: key.name }),
      text: t('keys.revoke.text'),
      verb: t('keys.revoke'),
      danger: true,
      run: async () => (await api('DELETE', `${path}/${key.id}`), await load()),
    });
  return html`<${ErrorLine} error=${error} />
    ${
      list &&
      html`${
        list.length
          ? html`<ul class="card list keylist">${list.map((key) => html`<${Key} key=${key.id} it=${key} rooms=${rooms} revoke=${() => revoke(key)} />`)}</ul>`
          : html`<p class="mut">${t('keys.none')}</p>`
      }
      <button type="button" class="btn btn-p" aria-haspopup="dialog" onClick=${() => openDialog(NewKey, { path, scopes, rooms, made: load })}><${Icon} name="plus" size="s" />${t('keys.new')}</button>`
    }`;
}

function Key({ it, rooms, revoke }) {
  const names = it.rooms?.map((id) => rooms.find((room) => room.id === id)?.name ?? t('keys.room', { id }));
  const facts = [
    it.scopes.map((scope) => t(`keys.scope.${scope}`)).join(', '),
    names ? t('keys.in', { rooms: names.join(', ') }) : '',
    it.last_used_at ? t('devices.used', { ago: ago(it.last_used_at) }) : t('keys.unused'),
    it.expires_at ? t('keys.until', { until: full(it.expires_at) }) : '',
  ];
  return html`<li class="line"><span class="av tile h5" aria-hidden="true"><${Icon} name="key-round" /></span>
    <span><b class="utext">${it.name}</b><small class="utext">${facts.filter(Boolean).join(' · ')}</small></span>
    <button type="button" class="btn btn-q btn-s" aria-label=${t('keys.revoke.label', { name: it.name })} onClick=${revoke}>${t('keys.revoke')}</button></li>`;
}
