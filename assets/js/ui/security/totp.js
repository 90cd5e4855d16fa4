// Setting up an app that shows codes: the picture to scan, a code to prove it, the codes for paper.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import { t } from '../../i18n.js';
import { Dialog, DialogHead } from '../overlay.js';
import { copyText, ErrorLine, Icon, sentence } from '../basics.js';
import { Field } from '../fields.js';
import { RecoveryCodes } from './recovery.js';

/** The steps, in a dialog or on a page. @param {{fresh: {secret: string, qr: string, uri: string}, done: (codes: string[]|null) => void}} props */
export function TotpForm({ fresh, done }) {
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const [copied, setCopied] = useState(false);
  const submit = async (event) => {
    event?.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      done((await api('POST', '/me/totp/confirm', { code: code.trim() })).recovery_codes);
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  const copy = async () => {
    setCopied(await copyText(fresh.secret));
    setTimeout(() => setCopied(false), 2000);
  };
  const wrong = problem?.code === 'wrong_code';
  return html`<form onSubmit=${submit}>
    <${ErrorLine} error=${problem && !wrong ? sentence(problem) : ''} />
    <div class="qr"><img src=${`data:image/svg+xml;charset=utf-8,${encodeURIComponent(fresh.qr)}`} alt=${t('totp.qr')} width="200" height="200" /></div>
    <p class="f-h">${t('totp.secret')}</p>
    <div class="copy whole"><span tabindex="0" role="textbox" aria-readonly="true" aria-label=${t('totp.secret')}>${fresh.secret.replace(/(.{4})(?=.)/g, '$1 ')}</span>
      <button type="button" class="btn btn-q btn-s" onClick=${copy}><${Icon} name=${copied ? 'check' : 'copy'} size="s" />${t(copied ? 'action.copied' : 'action.copy')}</button></div>
    <${Field} id="totp-code" label=${t('totp.code')} value=${code} change=${setCode} error=${wrong && t('code.wrong')} hint=${t('totp.code.hint')}
      autocomplete="one-time-code" inputmode="numeric" maxlength="6" required focus=${true} class="f-i codefield" />
    <div class="acts"><button class="btn btn-p" disabled=${busy || code.trim().length < 6}>${t('totp.verb')}</button></div>
  </form>`;
}

/** @param {{fresh: any, changed: () => void, close: () => void}} props */
export function TotpDialog({ fresh, changed, close }) {
  const [codes, setCodes] = useState(undefined);
  const end = (given) => {
    changed();
    if (given) setCodes(given);
    else close();
  };
  if (codes) return html`<${RecoveryDialog} codes=${codes} close=${close} />`;
  return html`<${Dialog} label=${t('totp.title')} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('totp.title')} text=${t('totp.text')} close=${close} />
    <${TotpForm} fresh=${fresh} done=${end} />
  </${Dialog}>`;
}

/** Shown once: it closes by its button only. @param {{codes: string[], close: () => void}} props */
export function RecoveryDialog({ codes, close }) {
  return html`<${Dialog} label=${t('recovery.title')} close=${close} middle=${true} stay=${true} kind="form">
    <header><div><h2>${t('recovery.title')}</h2></div></header>
    <${RecoveryCodes} codes=${codes} />
    <div class="acts"><button type="button" class="btn btn-p" onClick=${close}>${t('recovery.done')}</button></div>
  </${Dialog}>`;
}
