// Inviting people by a link: made here, shown with a QR code, copied.
import { html, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import { full } from '../time.js';
import { t } from '../i18n.js';
import { Dialog, DialogHead } from './overlay.js';
import { copyText, ErrorLine, Icon, sentence } from './basics.js';

const WEEK = 7 * 86_400_000;

/** @param {object} [room] lands there @returns {Promise<any>} the invite with its code */
export const makeInvite = (room) =>
  api('POST', '/invites', { role: 'member', rooms: room ? [room.id] : [], uses: 25, expires_at: Date.now() + WEEK });

/** The link and its picture. @param {{invite: any}} props */
export function InviteCard({ invite }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    setCopied(await copyText(invite.url));
    setTimeout(() => setCopied(false), 2000);
  };
  return html`<div class="qr"><img src=${`data:image/svg+xml;charset=utf-8,${encodeURIComponent(invite.qr)}`} alt=${t('invite.qr')} width="200" height="200" /></div>
    <div class="copy"><span tabindex="0" role="textbox" aria-readonly="true" aria-label=${t('invite.link')}>${invite.url}</span>
      <button type="button" class="btn btn-p btn-s" onClick=${copy}><${Icon} name=${copied ? 'check' : 'copy'} size="s" />${t(copied ? 'action.copied' : 'action.copy')}</button></div>
    <p class="f-h">${t('invite.valid', { n: invite.uses ?? 0, until: invite.expires_at ? full(invite.expires_at) : '' })}</p>`;
}

/** @param {{room?: any, close: () => void}} props */
export function Invite({ room, close }) {
  const [invite, setInvite] = useState(null);
  const [error, setError] = useState('');
  const make = () => {
    setError('');
    makeInvite(room).then(setInvite, (problem) => setError(problem.status === 403 ? t('invite.forbidden') : sentence(problem)));
  };
  useEffect(make, []);
  const title = room ? t('invite.title.room', { room: room.name }) : t('invite.title');
  return html`<${Dialog} label=${title} close=${close} middle=${true} kind="form sm">
    <${DialogHead} title=${title} text=${t(room ? 'invite.text.room' : 'invite.text')} close=${close} />
    <${ErrorLine} error=${error} />
    ${invite && html`<${InviteCard} invite=${invite} />`}
    ${!invite && !error && html`<div class="qr" aria-busy="true"><span class="sk qrwait"></span></div>`}
    <div class="acts">${error && html`<button type="button" class="btn btn-q" onClick=${make}>${t('action.retry')}</button>`}
      <button type="button" class="btn btn-q" onClick=${close}>${t('action.done')}</button></div>
  </${Dialog}>`;
}
