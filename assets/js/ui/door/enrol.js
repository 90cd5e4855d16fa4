// For who must have a second factor and has none: setting one up, before anything else.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { me, server } from '../../state.js';
import { signOut } from '../../session.js';
import { pageTitle } from '../../reading.js';
import { make, possible } from '../../passkeys.js';
import { t } from '../../i18n.js';
import { ErrorLine, Icon, sentence } from '../basics.js';
import { confirmed } from '../security/confirm.js';
import { deviceName } from '../security/passkey.js';
import { RecoveryCodes } from '../security/recovery.js';
import { TotpForm } from '../security/totp.js';
import { Card } from './card.js';
import { passkeySentence } from './login.js';

/** @param {{again: () => void}} props */
export function Enrol({ again }) {
  const [factors, setFactors] = useState(null);
  const [fresh, setFresh] = useState(null);
  const [codes, setCodes] = useState(null);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    pageTitle.value = t('enrol.title');
    api('GET', '/server').then((answer) => (server.value ??= answer), () => {});
    api('GET', '/me').then((user) => (me.value ??= user), () => {});
    api('GET', '/me/factors').then(setFactors, (problem) => setError(sentence(problem)));
  }, []);
  const done = (given) => (given ? setCodes(given) : again());
  const attempt = async (run) => {
    if (busy) return;
    setBusy(true);
    setError('');
    try {
      await confirmed(run);
    } catch (problem) {
      setError(passkeySentence(problem));
    }
    setBusy(false);
  };
  const withApp = () => attempt(async () => setFresh(await api('POST', '/me/totp', {})));
  const withPasskey = () => attempt(async () => done((await make(deviceName())).recovery_codes));
  const out = async () => {
    await signOut();
    location.assign('/login');
  };
  if (codes)
    return html`<${Card} title=${t('recovery.title')}><${RecoveryCodes} codes=${codes} />
      <button type="button" class="btn btn-p btn-w" onClick=${again}>${t('recovery.done')}</button></${Card}>`;
  if (fresh)
    return html`<${Card} plain=${true} title=${t('totp.title')} text=${t('totp.text')}><${TotpForm} fresh=${fresh} done=${done} />
      <p class="fn"><button type="button" onClick=${() => setFresh(null)}>${t('action.back')}</button></p></${Card}>`;
  return html`<${Card} title=${t('enrol.title')} text=${t('enrol.text')}>
    <${ErrorLine} error=${error} />
    <div class="skiprow">
      <button type="button" class="btn btn-p btn-w" disabled=${busy} onClick=${withApp}><${Icon} name="smartphone" size="s" />${t('enrol.app')}</button>
      ${possible() && factors?.passkeys_possible && html`<button type="button" class="btn btn-q btn-w" disabled=${busy} onClick=${withPasskey}><${Icon} name="key-round" size="s" />${t('passkey.add')}</button>`}
    </div>
    <p class="fn"><button type="button" onClick=${out}>${t('settings.signout')}</button></p>
  </${Card}>`;
}
