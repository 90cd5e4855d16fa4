// Administration: what browsers see of this server, and whether it is renewed in time.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { toast } from '../../layers.js';
import { full } from '../../time.js';
import { until } from '../../until.js';
import { t } from '../../i18n.js';
import { copyText, ErrorLine, Icon, sentence } from '../basics.js';
import { Failed } from './failed.js';

/** How often it is asked again while an order is on its way. */
const LOOK_MS = 3000;
const SIGNS = { good: 'check', waiting: 'clock', failing: 'circle-alert', ending: 'circle-alert' };

/** The section. */
export function Certificates() {
  const [shown, setShown] = useState(null);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const load = () =>
    api('GET', '/admin/certificate').then(
      (certificate) => (setShown(certificate), setError('')),
      (problem) => (problem.code === 'no_certificate' ? setShown({ source: 'off' }) : setError(sentence(problem))),
    );
  useEffect(() => void load(), []);
  useEffect(() => {
    if (!shown?.renewing) return;
    const timer = setTimeout(load, LOOK_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  const renew = async () => {
    setBusy(true);
    setError('');
    try {
      const certificate = await api('POST', '/admin/certificate/renew');
      if (!certificate.renewing && !certificate.last_error) toast(t(certificate.fingerprint === shown.fingerprint ? 'cert.same' : 'cert.renewed'));
      setShown(certificate);
    } catch (problem) {
      setError(sentence(problem));
    }
    setBusy(false);
  };
  if (!shown) return html`<${Failed} error=${error} again=${load} />`;
  if (shown.source === 'off') return html`<p class="standing"><${Icon} name="shield" /><span>${t('cert.off')}</span></p>`;
  const waits = busy || shown.renewing;
  return html`<${ErrorLine} error=${error} />
    <p class=${`standing cert-${shown.state} ${shown.state === 'good' ? 'good' : ''}`} role="status"><${Icon} name=${SIGNS[shown.state]} /><span>${t(`cert.state.${shown.state}`, { when: until(shown.expires_at), from: t(`cert.source.${shown.source}`) })}</span></p>
    ${shown.last_error && html`<div class="card why"><p class="utext">${shown.last_error}</p><p class="mut">${shown.next_try_at ? t('cert.next', { when: until(shown.next_try_at) }) : t('cert.mend')}</p></div>`}
    <dl class="card certfacts">
      <${Fact} name=${t('cert.names')}><ul>${shown.names.map((name) => html`<li key=${name}><bdi>${name}</bdi></li>`)}</ul></${Fact}>
      <${Fact} name=${t('cert.source')}>${t(`cert.source.${shown.source}`)}<small>${shown.issuer}</small></${Fact}>
      <${Fact} name=${t('cert.trusted')}>${t(shown.public ? 'cert.trusted.all' : 'cert.trusted.told')}${shown.authority && html`<small><a href="/trust" target="_blank" rel="noopener">${t('cert.trust')}</a></small>`}</${Fact}>
      <${Fact} name=${t('cert.until')}><time datetime=${new Date(shown.expires_at).toISOString()}>${full(shown.expires_at)}</time><small>${until(shown.expires_at)}</small></${Fact}>
      ${shown.renews_at && html`<${Fact} name=${t('cert.renews')}><time datetime=${new Date(shown.renews_at).toISOString()}>${full(shown.renews_at)}</time><small>${t('cert.renews.text')}</small></${Fact}>`}
      ${shown.proof && html`<${Fact} name=${t('cert.proof')}>${t(`cert.proof.${shown.proof}`)}<small><bdi>${shown.directory}</bdi></small></${Fact}>`}
      <${Fact} name=${t('cert.print')}><${Print} text=${shown.fingerprint} /></${Fact}>
      ${shown.authority && html`<${Fact} name=${t('cert.authority')}><${Print} text=${shown.authority.fingerprint} /><small>${t('cert.authority.text')}</small></${Fact}>`}
    </dl>
    <div class="acts cert-acts"><button type="button" class="btn btn-p" disabled=${waits} onClick=${renew}><${Icon} name="rotate-cw" size="s" />${t(waits ? 'cert.renewing' : shown.source === 'files' ? 'cert.read' : 'cert.renew')}</button>
      <p class="mut">${t(`cert.renew.${shown.source}`)}</p></div>`;
}

const Fact = ({ name, children }) => html`<div><dt>${name}</dt><dd>${children}</dd></div>`;

/** A fingerprint, to be compared by eye or copied. */
function Print({ text }) {
  const copy = async () => (await copyText(text)) && toast(t('action.copied'));
  return html`<span class="fprint"><code dir="ltr">${text.split(':').map((pair, at) => html`${at > 0 && html`:<wbr />`}${pair}`)}</code><button type="button" class="ib" aria-label=${t('cert.copy')} onClick=${copy}><${Icon} name="copy" size="s" /></button></span>`;
}
