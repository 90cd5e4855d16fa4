// Signing in: name and password, then the second factor where there is one; or a passkey alone.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { go } from '../../router.js';
import { server } from '../../state.js';
import { toast } from '../../layers.js';
import { full } from '../../time.js';
import { rich, t } from '../../i18n.js';
import { ErrorLine, Icon, sentence } from '../basics.js';
import { Field, Password } from '../fields.js';
import { possible, reason, show } from '../../passkeys.js';
import { Card } from './card.js';

const Trust = () => html`<p class="trust"><${Icon} name="lock" size="xs" /><span>${t('login.own')}</span></p>`;

/** @param {{enter: () => Promise<void>, register: () => void}} props */
export function Login({ enter, register }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  /** What else is asked for, once the password was right. */
  const [methods, setMethods] = useState(null);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useState(0);
  const [pasting, setPasting] = useState(false);
  useEffect(() => {
    if (!wait) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);
  /** @param {() => Promise<any>} ask */
  const attempt = async (ask) => {
    if (busy || wait) return;
    setBusy(true);
    setError('');
    try {
      const answer = await ask();
      await enter();
      if (answer.password_reset) toast(resetText(answer.password_reset), { error: true });
    } catch (problem) {
      if (problem.status === 429) setWait(problem.retryAfter || 30);
      else if (problem.code === 'code_needed') setMethods(problem.methods);
      else setError(problem.code === 'wrong_credentials' ? t('login.wrong') : problem.code === 'wrong_code' ? t('code.wrong') : passkeySentence(problem));
      setBusy(false);
    }
  };
  const own = { username: username.trim(), password };
  const withPassword = (event) => {
    event.preventDefault();
    attempt(() => api('POST', '/auth/login', own));
  };
  const line = html`<${ErrorLine} error=${wait ? t('login.wait', { n: wait }) : error} />`;
  if (methods) {
    const again = () => (setMethods(null), setError(''));
    const forget = () => setError('');
    const withCode = (code) => attempt(() => api('POST', '/auth/login', { ...own, code }));
    const withPasskey = () => attempt(async () => api('POST', '/auth/login', { ...own, passkey: await show() }));
    return html`<${Second} ...${{ methods, line, withCode, withPasskey, again, forget, busy: busy || wait > 0 }} />`;
  }
  const open = server.value.registration === 'open';
  return html`<${Card} title=${server.value.name} text=${t('login.text')}>
    <form onSubmit=${withPassword}>
      ${line}
      <${Field} id="username" label=${t('form.username')} value=${username} change=${setUsername} autocomplete="username" autocapitalize="off" spellcheck="false" required focus=${true} />
      <${Password} id="password" label=${t('form.password')} value=${password} change=${setPassword} />
      <button class="btn btn-p btn-w" disabled=${busy || wait > 0}>${t('login.verb')}</button>
      ${possible() && html`<button type="button" class="btn btn-q btn-w" disabled=${busy} onClick=${() => attempt(async () => api('POST', '/auth/passkey', await show()))}><${Icon} name="key-round" size="s" />${t('login.passkey')}</button>`}
    </form>
    ${
      pasting
        ? html`<${PasteInvite} />`
        : html`<p class="fn">${
            open
              ? rich('login.open', { link: html`<button type="button" onClick=${register}>${t('login.open.link')}</button>` })
              : rich('login.new', { link: html`<button type="button" onClick=${() => setPasting(true)}>${t('login.paste')}</button>` })
          }</p>`
    }
    <${Trust} />
  </${Card}>`;
}

/** The second step: a code of an app, a recovery code, or a passkey. */
function Second({ methods, line, withCode, withPasskey, again, forget, busy }) {
  const app = methods.includes('totp');
  const [paper, setPaper] = useState(!app);
  const [code, setCode] = useState('');
  const passkey = methods.includes('passkey') && possible();
  const submit = (event) => {
    event.preventDefault();
    if (code.trim()) withCode(code.trim());
  };
  // Six figures are a whole code: nobody has to press a button after them.
  const change = (value) => {
    setCode(value);
    if (!paper && /^\d{6}$/.test(value) && !/^\d{6}$/.test(code)) withCode(value);
  };
  const kind = paper ? 'recovery' : 'totp';
  const recovery = methods.includes('recovery');
  return html`<${Card} title=${t('login.second')} text=${t(app || paper ? `login.second.${kind}.text` : 'login.second.text')}>
    <form onSubmit=${submit}>
      ${line}
      ${passkey && html`<button type="button" class="btn btn-q btn-w" disabled=${busy} onClick=${withPasskey}><${Icon} name="key-round" size="s" />${t('login.passkey')}</button>`}
      ${
        (app || recovery) &&
        html`<${Field} key=${kind} id=${`code-${kind}`} label=${t(`login.second.${kind}`)} value=${code} change=${change} autocomplete="one-time-code" inputmode=${paper ? null : 'numeric'}
          autocapitalize="off" spellcheck="false" maxlength=${paper ? 20 : 6} required focus=${true} class="f-i codefield" />
      <button class="btn btn-p btn-w" disabled=${busy || !code.trim()}>${t('login.verb')}</button>`
      }
    </form>
    <p class="fn">${
      app &&
      recovery &&
      html`<button type="button" onClick=${() => (setPaper(!paper), setCode(''), forget())}>${t(paper ? 'login.second.use.totp' : 'login.second.use.recovery')}</button><br />`
    }
      <button type="button" onClick=${again}>${t('action.back')}</button></p>
    <p class="fn">${t('login.second.lost')}</p>
  </${Card}>`;
}

function PasteInvite() {
  const [link, setLink] = useState('');
  const [error, setError] = useState('');
  const submit = (event) => {
    event.preventDefault();
    const code = /(?:\/j\/|^)([\w-]{6,})\/?$/.exec(link.trim())?.[1];
    if (code) go(`/j/${code}`);
    else setError(t('login.paste.wrong'));
  };
  return html`<form class="paste" onSubmit=${submit}>
    <${Field} id="invite" label=${t('login.paste.label')} value=${link} change=${setLink} error=${error} autocomplete="off" focus=${true} />
    <button class="btn btn-q btn-w">${t('action.continue')}</button>
  </form>`;
}

/** @param {any} problem of the server, or of the browser that made no passkey @returns {string} */
export const passkeySentence = (problem) =>
  'status' in problem ? sentence(problem) : t(`passkey.error.${reason(problem) || 'other'}`);

/** @param {{at: number, address: string|null}} reset @returns {string} */
const resetText = ({ at, address }) => t(address ? 'login.reset' : 'login.reset.operator', { when: full(at), address: address ?? '' });
