// Administration: backups that the server made, whether they are good, and one more now.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { size } from '../../bytes.js';
import { ago, full } from '../../time.js';
import { t } from '../../i18n.js';
import { Icon, sentence } from '../basics.js';
import { Failed } from './failed.js';

/** How often one looks while something is being done, and otherwise, milliseconds. */
const BUSY = 700;
const IDLE = 60_000;

/** The section. */
export function Backups() {
  const [found, setFound] = useState(null);
  const [error, setError] = useState('');
  const load = () => api('GET', '/admin/backups').then((list) => (setFound(list), setError('')), (problem) => setError(sentence(problem)));
  useEffect(() => void load(), []);
  useEffect(() => {
    const timer = setTimeout(load, found?.working ? BUSY : IDLE);
    return () => clearTimeout(timer);
  }, [found]);
  const begin = (path) =>
    api('POST', path).then(({ working }) => setFound((before) => ({ ...before, working: working ?? { step: 'making', percent: 0 } })), (problem) => setError(sentence(problem)));
  return html`<${Failed} error=${error} again=${!found && load} />
    ${
      found &&
      html`<${Alarm} found=${found} /><${Facts} found=${found} />
      <div class="bar"><button type="button" class="btn btn-p" disabled=${Boolean(found.working)} onClick=${() => begin('/admin/backups')}><${Icon} name="archive" size="s" />${t('backups.now')}</button>
        <${Working} work=${found.working} /></div>
      ${
        found.backups.length
          ? html`<ul class="card list backups">${found.backups.map((kept) => html`<${Kept} key=${kept.name} kept=${kept} busy=${Boolean(found.working)} check=${() => begin(`/admin/backups/${encodeURIComponent(kept.name)}/verify`)} />`)}</ul>`
          : html`<p class="mut">${t('backups.none')}</p>`
      }
      <p class="mut away">${t('backups.away')}</p>`
    }`;
}

/** What somebody should look at. */
function Alarm({ found }) {
  if (!found.alarm) return null;
  return html`<p class="verdict bad" role="alert"><${Icon} name="circle-alert" size="s" /><span>${found.last_error ? t('backups.failed') : t('backups.overdue')}${found.last_error && html` <bdi class="utext">${found.last_error}</bdi>`}</span></p>`;
}

/** How they are, on a few lines. */
function Facts({ found }) {
  const lines = [
    ['checked', found.last_verified_at ? html`<time datetime=${iso(found.last_verified_at)} title=${full(found.last_verified_at)}>${ago(found.last_verified_at)}</time>` : t('backups.never')],
    ['next', found.next_at ? html`<time datetime=${iso(found.next_at)}>${full(found.next_at)}</time>` : t('backups.off')],
    ['kept', t('backups.kept.n', { n: found.count, size: size(found.bytes) })],
    ['rule', t('backups.rule.n', { days: found.keep_daily, weeks: found.keep_weekly })],
    ['folder', html`<bdi class="utext"><code>${found.folder}</code></bdi>`],
    ['encrypted', t(found.encrypted ? 'backups.encrypted.yes' : 'backups.encrypted.no')],
  ];
  return html`<dl class="card facts">${lines.map(([name, value]) => html`<div class="line" key=${name}><dt>${t(`backups.${name}`)}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** What is being done at the moment. */
function Working({ work }) {
  // Read out when it begins and ends, not at each step.
  return html`<div class="working" role="status">${
    work && html`<label for="backup-progress">${t(work.step === 'checking' ? 'backups.checking' : 'backups.making')}</label><progress id="backup-progress" max="100" value=${work.percent}></progress>`
  }</div>`;
}

function Kept({ kept, busy, check }) {
  const facts = [t(`backups.kind.${kept.kind}`), size(kept.bytes), kept.files > 0 && t('backups.files', { n: kept.files, size: size(kept.file_bytes) }), kept.encrypted && t('backups.is.encrypted')];
  return html`<li class="line"><span><b><time datetime=${iso(kept.created_at)}>${kept.created_at ? full(kept.created_at) : kept.name}</time></b>
      <small class="utext">${facts.filter(Boolean).join(' · ')}</small>
      ${
        kept.problem
          ? html`<small class="verdict bad"><${Icon} name="circle-alert" size="s" /><bdi class="utext">${kept.problem}</bdi></small>`
          : kept.verified
            ? html`<small class="verdict"><${Icon} name="check-check" size="s" />${t(`backups.verified.${kept.verified}`)} · ${ago(kept.verified_at)}</small>`
            : html`<small>${t('backups.unchecked')}</small>`
      }</span>
    <button type="button" class="btn btn-q" disabled=${busy} onClick=${check} aria-label=${t('backups.check.name', { name: kept.created_at ? full(kept.created_at) : kept.name })}>${t('backups.check')}</button></li>`;
}

const iso = (at) => new Date(at).toISOString();
