// Administration: the server's disk, how much of it is used, how long things are kept, and making the databases smaller.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { size } from '../../bytes.js';
import { full, short } from '../../time.js';
import { t } from '../../i18n.js';
import { Icon, sentence } from '../basics.js';
import { Failed } from './failed.js';

/** How often it is looked whether the databases are smaller. */
const LOOK = 1000;

/** The section. */
export function Storage() {
  const [state, setState] = useState(null);
  const [error, setError] = useState('');
  const take = (asked) =>
    asked.then(
      (found) => {
        setState(found);
        setError('');
      },
      (problem) => setError(sentence(problem)),
    );
  const load = () => take(api('GET', '/admin/storage'));
  useEffect(() => void load(), []);
  const running = state?.compaction.running ?? false;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(load, LOOK);
    return () => clearInterval(timer);
  }, [running]);
  return html`<${Failed} error=${error} again=${!state && load} />
    ${
      state &&
      html`<${Disk} store=${state.store} />
      <${Smaller} compaction=${state.compaction} run=${() => take(api('POST', '/admin/compact'))} />
      <h2 class="h">${t('admin.storage.kept')}</h2>
      <div class="card">
        <${Fact} name="messages" value=${days(state.retention.messages_days)} />
        <${Fact} name="files" value=${days(state.retention.files_days)} />
      </div>
      <h2 class="h">${t('admin.storage.quotas')}</h2>
      <div class="card">
        <${Fact} name="file" value=${limit(state.quotas.file_bytes)} />
        <${Fact} name="person" value=${limit(state.quotas.person_bytes)} />
        <${Fact} name="all" value=${limit(state.quotas.all_bytes)} />
      </div>`
    }`;
}

const days = (n) => (n ? t('rules.kept.days', { n }) : t('rules.kept.ever'));
const limit = (bytes) => (bytes ? size(bytes) : t('admin.storage.nolimit'));

/** One line of a card: what it is, a word more, and how much. */
const Fact = ({ name, value }) =>
  html`<div class="line"><span>${t(`admin.storage.${name}`)}<small>${t(`admin.storage.${name}.text`)}</small></span><b class="fig">${value}</b></div>`;

function Disk({ store }) {
  return html`${
    store.mode !== 'ok' &&
    html`<div class="warn" role="alert"><${Icon} name="circle-alert" /><p><b>${t(`admin.storage.${store.mode}`)}</b> ${t('admin.storage.readonly.text')} <span class="utext">${store.why}</span></p></div>`
  }
    <div class="card">
      <${Fact} name="size" value=${size(store.size_bytes)} />
      ${store.live_bytes !== null && html`<${Fact} name="live" value=${size(store.live_bytes)} />`}
      ${store.free_bytes !== null && html`<${Fact} name="free" value=${size(store.free_bytes)} />`}
      ${store.reserve_bytes !== null && html`<${Fact} name="reserve" value=${size(store.reserve_bytes)} />`}
    </div>`;
}

function Smaller({ compaction: { running, last }, run }) {
  const told = running
    ? t('admin.storage.running')
    : last?.error || (last && t('admin.storage.last', { before: size(last.before_bytes), after: size(last.after_bytes) }));
  return html`<div class="card"><div class="line"><span>${t('admin.storage.compact')}<small>${t('admin.storage.compact.text')}</small>
      <small role="status">${told}${last && !running && html` · <time datetime=${new Date(last.at).toISOString()} title=${full(last.at)}>${short(last.at)}</time>`}</small></span>
    <button type="button" class="btn btn-q" disabled=${running} onClick=${run}>${t('admin.storage.verb')}</button></div></div>`;
}
