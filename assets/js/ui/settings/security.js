// Settings: what is asked for beside the password: codes of an app, passkeys, recovery codes.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { actions } from '../../actions.js';
import { openDialog, toast } from '../../layers.js';
import { ago } from '../../time.js';
import { t } from '../../i18n.js';
import { make, possible } from '../../passkeys.js';
import { ErrorLine, Icon, sentence } from '../basics.js';
import { passkeySentence } from '../door/login.js';
import { confirmed } from '../security/confirm.js';
import { deviceName, RenamePasskey } from '../security/passkey.js';
import { RecoveryDialog, TotpDialog } from '../security/totp.js';

/** The cards. */
export function Security() {
  const [factors, setFactors] = useState(null);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const load = () => api('GET', '/me/factors').then(setFactors, (problem) => setError(sentence(problem)));
  useEffect(() => void load(), []);
  /** @param {() => Promise<any>} run */
  const attempt = async (run) => {
    if (busy) return;
    setBusy(true);
    setError('');
    try {
      await confirmed(run);
      await load();
    } catch (problem) {
      setError(passkeySentence(problem));
    }
    setBusy(false);
  };
  const addTotp = () => attempt(async () => openDialog(TotpDialog, { fresh: await api('POST', '/me/totp', {}), changed: load }));
  const removeTotp = () =>
    actions.confirm({
      title: t('totp.remove.title'),
      text: t(factors.passkeys.length ? 'totp.remove.text.passkeys' : 'totp.remove.text'),
      verb: t('security.remove'),
      danger: true,
      run: () => (setTimeout(() => attempt(() => api('POST', '/me/totp/remove', {}))), Promise.resolve()),
    });
  const renew = () => attempt(async () => openDialog(RecoveryDialog, { codes: (await api('POST', '/me/recovery-codes', {})).recovery_codes }));
  const addPasskey = () =>
    attempt(async () => {
      const { recovery_codes: codes } = await make(deviceName());
      if (codes) openDialog(RecoveryDialog, { codes });
      else toast(t('passkey.added'));
    });
  const removePasskey = (one) =>
    actions.confirm({
      title: t('passkey.remove.title', { name: one.name }),
      text: t('passkey.remove.text'),
      verb: t('security.remove'),
      danger: true,
      run: () => (setTimeout(() => attempt(() => api('DELETE', `/me/passkeys/${one.id}`))), Promise.resolve()),
    });
  if (!factors) return html`<${ErrorLine} error=${error} />`;
  const any = factors.totp || factors.passkeys.length > 0;
  const usable = possible() && factors.passkeys_possible;
  return html`<${ErrorLine} error=${error} />
    <p class=${`standing ${any ? 'good' : ''}`}><${Icon} name=${any ? 'check' : 'shield'} /><span>${t(any ? 'security.on' : factors.required ? 'security.required' : 'security.off')}</span></p>
    <ul class="card list">
      <li class="line"><span class="av tile h3" aria-hidden="true"><${Icon} name="smartphone" /></span>
        <span><b>${t('totp.name')}</b><small>${t(factors.totp ? 'totp.on' : 'totp.off')}</small></span>
        ${
          factors.totp
            ? html`<button class="btn btn-q btn-s" onClick=${removeTotp}>${t('security.remove')}</button>`
            : html`<button class="btn btn-p btn-s" disabled=${busy} onClick=${addTotp}>${t('security.setup')}</button>`
        }</li>
      ${
        any &&
        html`<li class="line"><span class="av tile h6" aria-hidden="true"><${Icon} name="life-buoy" /></span>
        <span><b>${t('recovery.title')}</b><small class=${factors.recovery_codes_left < 3 ? 'few' : ''}>${t('recovery.left', { n: factors.recovery_codes_left })}</small></span>
        <button class="btn btn-q btn-s" disabled=${busy} onClick=${renew}>${t('recovery.renew')}</button></li>`
      }
    </ul>
    <h2 class="h">${t('passkey.title')}</h2><p class="f-h">${t('passkey.text')}</p>
    ${
      factors.passkeys.length > 0 &&
      html`<ul class="card list">${factors.passkeys.map(
        (one) => html`<li class="line" key=${one.id}><span class="av tile h2" aria-hidden="true"><${Icon} name="key-round" /></span>
        <span><b class="utext">${one.name}</b><small>${[
          one.last_used_at ? t('passkey.used', { ago: ago(one.last_used_at) }) : t('passkey.since', { ago: ago(one.created_at) }),
          one.host === location.hostname ? '' : t('passkey.host', { host: one.host }),
        ]
          .filter(Boolean)
          .join(' · ')}</small></span>
        <button class="ib" aria-label=${t('passkey.rename.label', { name: one.name })} onClick=${() => openDialog(RenamePasskey, { passkey: one, changed: load })}><${Icon} name="pencil" /></button>
        <button class="ib" aria-label=${t('passkey.remove.label', { name: one.name })} onClick=${() => removePasskey(one)}><${Icon} name="trash-2" /></button></li>`,
      )}</ul>`
    }
    ${
      usable
        ? html`<button class="btn btn-q" disabled=${busy} onClick=${addPasskey}><${Icon} name="plus" size="s" />${t('passkey.add')}</button>`
        : html`<p class="f-h">${t('passkey.impossible')}</p>`
    }`;
}
