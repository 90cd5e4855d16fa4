// Administration: one person; their rank, where they are signed in, and the ways to keep them out.
import { html, lazy, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { openDialog } from '../../layers.js';
import { actions, attempt } from '../../actions.js';
import { me } from '../../state.js';
import { ago } from '../../time.js';
import { t } from '../../i18n.js';
import { Dialog } from '../overlay.js';
import { Avatar, copyText, ErrorLine, Icon, sentence } from '../basics.js';

const BanPerson = lazy(() => import('./ban.js').then((module) => module.BanPerson), 'panels', 'admin');

/** @param {{id: number, changed: () => void, close: () => void}} props `changed`: the list behind is old */
export function Account({ id, changed, close }) {
  const [shown, setShown] = useState(null);
  const [link, setLink] = useState(null);
  const [error, setError] = useState('');
  const load = () => api('GET', `/admin/users/${id}`).then(setShown, (problem) => setError(sentence(problem)));
  useEffect(() => void load(), [id]);
  if (!shown)
    return html`<${Dialog} label=${t('admin.account')} close=${close} middle=${true} kind="form sm"><${ErrorLine} error=${error} /><div aria-busy=${error ? null : 'true'}></div></${Dialog}>`;
  const { user, sessions } = shown;
  const self = user.id === me.value?.id;
  const owner = me.value?.role === 'owner';
  // Admins manage members; owners everybody.
  const mine = !self && (owner || !['admin', 'owner'].includes(user.role));
  const after = async () => {
    changed();
    await load();
  };
  const change = (body) => attempt(async () => (await api('PATCH', `/admin/users/${id}`, body), await after()));
  const ask = (key, run, danger = true) =>
    actions.confirm({ title: t(`${key}.title`, { name: user.name }), text: t(`${key}.text`), verb: t(`${key}.verb`), danger, run: async () => (await run(), await after()) });
  const disable = () => ask('admin.disable', () => api('PATCH', `/admin/users/${id}`, { active: false }));
  const endAll = () => ask('admin.endall', () => api('DELETE', `/admin/users/${id}/sessions`));
  const erase = () =>
    actions.confirm({
      title: t('admin.erase.title', { name: user.name }),
      text: t('admin.erase.text'),
      verb: t('admin.erase.verb'),
      danger: true,
      run: async () => (await api('DELETE', `/admin/users/${id}`), changed(), close()),
    });
  const reset = () => attempt(async () => setLink(await api('POST', `/admin/users/${id}/reset`, {})));
  return html`<${Dialog} label=${user.name} close=${close} middle=${true} kind="form account">
    <header><${Avatar} user=${user} size="av-56" dot=${user.active} />
      <div><h2 class="utext">${user.name}</h2><p><bdi>@${user.username}</bdi>${!user.active && html` · ${t('admin.disabled')}`}</p></div>
      <button type="button" class="ib" aria-label=${t('action.close')} onClick=${close}><${Icon} name="x" /></button></header>
    <${ErrorLine} error=${error} />
    <div class="line"><label for="account-role"><b>${t('admin.role')}</b></label>
      ${
        mine && owner && user.role !== 'bot'
          ? html`<select class="f-i" id="account-role" value=${user.role} onChange=${(event) => change({ role: event.currentTarget.value })}>${['member', 'admin', 'owner'].map((role) => html`<option key=${role} value=${role}>${t(`role.${role}`)}</option>`)}</select>`
          : html`<span class="chip" id="account-role">${t(`role.${user.role}`)}</span>`
      }</div>
    ${
      mine &&
      user.role !== 'bot' &&
      html`<div class="line"><span><b>${t('admin.reset')}</b><small>${t('admin.reset.text')}</small></span>${!link && html`<button type="button" class="btn btn-q btn-s" onClick=${reset}>${t('admin.reset.make')}</button>`}</div>
      ${link && html`<${Link} link=${link} />`}`
    }
    <section class="blk"><h3>${t('admin.account.sessions')} <span>${sessions.length}</span></h3>
      ${
        sessions.length
          ? html`<ul class="sess">${sessions.map((session) => html`<li key=${session.id} class="line"><span class="utext"><b>${session.device || t('devices.unknown')}</b><small>${[session.address, t('devices.used', { ago: ago(session.last_used_at ?? session.created_at) })].filter(Boolean).join(' · ')}</small></span></li>`)}</ul>`
          : html`<p class="mut">${t('admin.sessions.none')}</p>`
      }
      ${mine && sessions.length > 0 && html`<button type="button" class="btn btn-q btn-s" onClick=${endAll}><${Icon} name="log-out" size="s" />${t('admin.endall')}</button>`}</section>
    ${
      mine &&
      html`<div class="acts">${
        user.active
          ? html`<button type="button" class="btn btn-d" onClick=${disable}>${t('admin.disable')}</button>`
          : html`<button type="button" class="btn btn-q" onClick=${() => change({ active: true })}>${t('admin.enable')}</button>`
      }
      <button type="button" class="btn btn-d" aria-haspopup="dialog" onClick=${() => openDialog(BanPerson, { user, changed: after })}>${t('admin.ban')}</button>
      <button type="button" class="btn btn-d" onClick=${erase}><${Icon} name="trash-2" size="s" />${t('admin.erase')}</button></div>`
    }
  </${Dialog}>`;
}

/** A link for a new password: shown once, to hand over. */
function Link({ link }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    setCopied(await copyText(link.url));
    setTimeout(() => setCopied(false), 2000);
  };
  return html`<div class="qr"><img src=${`data:image/svg+xml;charset=utf-8,${encodeURIComponent(link.qr)}`} alt=${t('admin.reset.qr')} width="200" height="200" /></div>
    <div class="copy"><span tabindex="0" role="textbox" aria-readonly="true" aria-label=${t('admin.reset')}>${link.url}</span>
      <button type="button" class="btn btn-p btn-s" onClick=${copy}><${Icon} name=${copied ? 'check' : 'copy'} size="s" />${t(copied ? 'action.copied' : 'action.copy')}</button></div>
    <p class="f-h">${t('admin.reset.once')}</p>`;
}
