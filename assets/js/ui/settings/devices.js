// Settings: where one is signed in, and signing out there.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { actions, attempt } from '../../actions.js';
import { openDialog } from '../../layers.js';
import { ago } from '../../time.js';
import { t } from '../../i18n.js';
import { ErrorLine, Icon, sentence } from '../basics.js';
import { DeviceLink } from './devicelink.js';

/** Every session, the present one first. */
export function Devices() {
  const [list, setList] = useState(null);
  const [error, setError] = useState('');
  const load = () =>
    api('GET', '/auth/sessions').then(
      (answer) => setList(answer.sessions),
      (problem) => setError(sentence(problem)),
    );
  useEffect(() => void load(), []);
  const end = async (session) => {
    await attempt(() => api('DELETE', `/auth/sessions/${session.id}`));
    load();
  };
  const endAll = () =>
    actions.confirm({
      title: t('devices.all.title'),
      text: t('devices.all.text'),
      verb: t('devices.all.verb'),
      danger: true,
      run: async () => (await api('DELETE', '/auth/sessions'), load()),
    });
  const others = (list ?? []).filter((session) => !session.current);
  return html`<${ErrorLine} error=${error} />
    ${
      list &&
      html`<ul class="card list">${[...list]
        .sort((a, b) => b.current - a.current || b.last_used_at - a.last_used_at)
        .map(
          (session) => html`<li class="line" key=${session.id}>
      <span class="av tile h5" aria-hidden="true"><${Icon} name=${/iphone|android|mobile/i.test(session.device ?? '') ? 'smartphone' : 'laptop'} /></span>
      <span><b>${session.device || t('devices.unknown')}</b><small>${[session.address, session.current ? '' : t('devices.used', { ago: ago(session.last_used_at ?? session.created_at) })].filter(Boolean).join(' · ')}</small></span>
      ${session.current ? html`<span class="chip chip-pine">${t('devices.this')}</span>` : html`<button class="btn btn-q btn-s" aria-label=${t('devices.end.label', { device: session.device || t('devices.unknown') })} onClick=${() => end(session)}>${t('devices.end')}</button>`}
    </li>`,
        )}</ul>`
    }
    <div class="acts start"><button class="btn btn-q" onClick=${() => openDialog(DeviceLink, { changed: load })}><${Icon} name="qr-code" size="s" />${t('devicelink.title')}</button>
    ${others.length > 0 && html`<button class="btn btn-d" onClick=${endAll}><${Icon} name="log-out" size="s" />${t('devices.all')}</button>`}</div>`;
}
