// Recovery codes, shown once: to copy, to keep as a file, to print.
import { html, useState } from '../../view.js';
import { server } from '../../state.js';
import { t } from '../../i18n.js';
import { me } from '../../state.js';
import { copyText, Icon } from '../basics.js';

/** @param {{codes: string[]}} props */
export function RecoveryCodes({ codes }) {
  const [copied, setCopied] = useState(false);
  const all = codes.join('\n');
  const copy = async () => {
    setCopied(await copyText(all));
    setTimeout(() => setCopied(false), 2000);
  };
  const save = () => {
    const place = server.value?.name ?? 'Snug';
    const words = `${t('recovery.file', { place, name: me.value?.username ?? '' })}\n${location.origin}\n\n${all}\n`;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([words], { type: 'text/plain' }));
    link.download = 'snug-recovery-codes.txt';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return html`<p class="f-h">${t('recovery.text')}</p>
    <ul class="codes" aria-label=${t('recovery.title')}>${codes.map((code) => html`<li key=${code}><code>${code}</code></li>`)}</ul>
    <div class="acts start">
      <button type="button" class="btn btn-q btn-s" onClick=${copy}><${Icon} name=${copied ? 'check' : 'copy'} size="s" />${t(copied ? 'action.copied' : 'action.copy')}</button>
      <button type="button" class="btn btn-q btn-s" onClick=${save}><${Icon} name="download" size="s" />${t('recovery.save')}</button>
      <button type="button" class="btn btn-q btn-s" onClick=${() => print()}><${Icon} name="file-text" size="s" />${t('recovery.print')}</button>
    </div>`;
}
