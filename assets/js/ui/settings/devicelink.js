// Signing in a second device: a picture to scan with it, and what came of it.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { t } from '../../i18n.js';
import { Dialog, DialogHead } from '../overlay.js';
import { copyText, ErrorLine, Icon, sentence } from '../basics.js';
import { confirmed } from '../security/confirm.js';

const LOOK_EVERY = 1500;

/** @param {{changed: () => void, close: () => void}} props */
export function DeviceLink({ changed, close }) {
  const [link, setLink] = useState(null);
  const [state, setState] = useState(null);
  const [error, setError] = useState('');
  const [copied, setCopied] = useState(false);
  const make = () => {
    setError('');
    setLink(null);
    setState({ state: 'waiting' });
    confirmed(() => api('POST', '/me/device-link', {})).then(
      (made) => (made ? setLink(made) : close()),
      (problem) => setError(sentence(problem)),
    );
  };
  useEffect(make, []);
  useEffect(() => {
    if (!link || state?.state !== 'waiting') return;
    const timer = setInterval(async () => {
      const now = await api('GET', '/me/device-link').catch(() => null);
      // Between taking the link and having a session there is a moment.
      if (!now || now.state === 'waiting' || (now.state === 'used' && !now.session)) return;
      setState(now);
      if (now.session) changed();
    }, LOOK_EVERY);
    return () => clearInterval(timer);
  }, [link, state]);
  const end = async () => {
    try {
      await api('DELETE', `/auth/sessions/${state.session.id}`);
      changed();
      close();
    } catch (problem) {
      setError(sentence(problem));
    }
  };
  const copy = async () => {
    setCopied(await copyText(link.url));
    setTimeout(() => setCopied(false), 2000);
  };
  const device = state?.session?.device || t('devices.unknown');
  return html`<${Dialog} label=${t('devicelink.title')} close=${close} middle=${true} kind="form sm">
    <${DialogHead} title=${t('devicelink.title')} text=${!state?.session && t('devicelink.text')} close=${close} />
    <${ErrorLine} error=${error} />
    <div role="status">${
      state?.session
        ? html`<p class="standing good"><${Icon} name="check" /><span>${t('devicelink.used', { device })}<small>${state.session.address}</small></span></p>`
        : state?.state === 'gone'
          ? html`<p class="standing"><${Icon} name="clock" /><span>${t('devicelink.gone')}</span></p>`
          : ''
    }</div>
    ${
      !state?.session &&
      state?.state !== 'gone' &&
      (link
        ? html`<div class="qr"><img src=${`data:image/svg+xml;charset=utf-8,${encodeURIComponent(link.qr)}`} alt=${t('devicelink.qr')} width="200" height="200" /></div>
      <div class="copy"><span tabindex="0" role="textbox" aria-readonly="true" aria-label=${t('devicelink.link')}>${link.url}</span>
        <button type="button" class="btn btn-q btn-s" onClick=${copy}><${Icon} name=${copied ? 'check' : 'copy'} size="s" />${t(copied ? 'action.copied' : 'action.copy')}</button></div>
      <p class="f-h">${t('devicelink.wait')}</p>`
        : !error && html`<div class="qr" aria-busy="true"><span class="sk qrwait"></span></div>`)
    }
    <div class="acts">${state?.session && html`<button type="button" class="btn btn-d" onClick=${end}>${t('devicelink.notme')}</button>`}
      ${(state?.state === 'gone' || error) && html`<button type="button" class="btn btn-q" onClick=${make}>${t('devicelink.again')}</button>`}
      <button type="button" class="btn btn-q" onClick=${close}>${t('action.done')}</button></div>
  </${Dialog}>`;
}
