// Administration: how the server is, what needs somebody, and how the last hour was.
import { html, useEffect, useRef, useState } from '../../view.js';
import { api } from '../../api.js';
import { size } from '../../bytes.js';
import { ago, full } from '../../time.js';
import { t } from '../../i18n.js';
import { server } from '../../state.js';
import { ErrorLine, Icon, sentence } from '../basics.js';
import { Chart } from './chart.js';

const PERIOD = 10_000;
const HOUR = 3_600_000;
/** From then on the last good backup is old. */
const OLD = 48 * HOUR;

/** The section. */
export function Overview() {
  const [status, setStatus] = useState(null);
  const [looks, setLooks] = useState([]);
  const [error, setError] = useState('');
  const last = useRef(0);
  const load = async () => {
    try {
      const [now, pulse] = await Promise.all([api('GET', '/admin/status'), api('GET', `/admin/pulse?after=${last.current}`)]);
      last.current = pulse.looks.at(-1)?.at ?? last.current;
      setStatus(now);
      setLooks((known) => [...known, ...pulse.looks].filter(({ at }) => at > Date.now() - HOUR));
      setError('');
    } catch (problem) {
      setError(sentence(problem));
    }
  };
  useEffect(() => {
    load();
    const timer = setInterval(() => document.visibilityState === 'visible' && load(), PERIOD);
    return () => clearInterval(timer);
  }, []);
  return html`<${ErrorLine} error=${error} />
    ${
      status &&
      html`<${Warnings} status=${status} />
      <div class="charts">
        <${Live} name="messages" looks=${looks} now=${status.now} least=${10} value=${(look) => look.messages_per_minute} shown=${(n) => t('admin.overview.number', { n: n < 10 ? Math.round(n * 10) / 10 : Math.round(n) })} />
        <${Live} name="online" looks=${looks} now=${status.now} least=${4} value=${(look) => look.people} shown=${(n) => t('admin.overview.number', { n })} />
        <${Live} name="ack" looks=${looks} now=${status.now} least=${5} value=${(look) => look.send_p99_ms} half=${(look) => look.send_p50_ms} shown=${milliseconds} />
        <${Live} name="memory" looks=${looks} now=${status.now} least=${1} value=${(look) => look.resident_bytes} shown=${size} />
      </div>
      <${Facts} status=${status} />`
    }`;
}

const milliseconds = (ms) => t('admin.overview.ms', { n: ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms) });

function Live({ name, looks, now, least, value, half, shown }) {
  const points = (of) => [...looks, now].map((look) => ({ at: look.at, value: of(look) }));
  const figure = value(now) === null ? t('admin.overview.none') : shown(value(now));
  const second = half && { name: t('admin.overview.half', { n: half(now) === null ? t('admin.overview.none') : shown(half(now)) }), points: points(half) };
  return html`<${Chart} name=${t(`admin.overview.${name}`)} figure=${figure} shown=${shown} points=${points(value)} second=${second} least=${least} />`;
}

/** What somebody should do: [bad, its words, values in them, the section that mends it]. */
function found({ store, backups, certificate, proxies }) {
  const all = [];
  if (store.mode !== 'ok') all.push([true, store.mode, { why: store.why ?? '' }, 'storage']);
  else if (store.free_bytes !== null && store.reserve_bytes !== null && store.free_bytes < 2 * store.reserve_bytes)
    all.push([true, 'disk', { free: size(store.free_bytes) }, 'storage']);
  if (backups.alarm) all.push([true, 'backup', {}, 'backups']);
  else if (!backups.next_at) all.push([false, 'backupsoff', {}, 'backups']);
  else if (!backups.last_verified_at) all.push([false, 'backupnone', { when: full(backups.next_at) }, 'backups']);
  else if (backups.last_verified_at < Date.now() - OLD) all.push([true, 'backupold', { ago: ago(backups.last_verified_at) }, 'backups']);
  if (certificate && certificate.state !== 'good') all.push([true, `cert.${certificate.state}`, { n: daysUntil(certificate.expires_at) }, 'certificates']);
  if (proxies.without_for || proxies.without_proto) all.push([true, 'proxy', { n: Math.max(proxies.without_for, proxies.without_proto), all: proxies.requests }, null]);
  if (proxies.strangers.length) all.push([false, 'stranger', { address: proxies.strangers.join(', ') }, null]);
  if (server.value?.registration === 'open') all.push([false, 'open', {}, 'settings']);
  return all;
}

const daysUntil = (at) => Math.max(0, Math.floor((at - Date.now()) / (24 * HOUR)));

function Warnings({ status }) {
  const all = found(status);
  if (!all.length) return html`<p class="standing good"><${Icon} name="check-check" /><span>${t('admin.overview.well')}</span></p>`;
  return html`<ul class="card list todo" aria-label=${t('admin.overview.todo')}>${all.map(
    ([bad, name, values, section]) => html`<li key=${name} class=${`line ${bad ? 'bad' : ''}`}><${Icon} name=${bad ? 'circle-alert' : 'eye'} /><span>${t(`admin.overview.todo.${name}`, values)}</span>${
      section && html`<a class="btn btn-q btn-s" href=${`/admin/${section}`}>${t('admin.overview.look')}<span class="sr"> ${t(`admin.${section}`)}</span></a>`
    }</li>`,
  )}</ul>`;
}

/** The figures that change slowly. */
function Facts({ status }) {
  const { store, backups, certificate } = status;
  const since = Date.now() - status.uptime_s * 1000;
  const lines = [
    ['version', html`<span>${`Snug ${status.version}`}</span><small><time datetime=${new Date(since).toISOString()} title=${full(since)}>${t('admin.overview.since', { ago: ago(since) })}</time></small>`],
    ['known', html`<span>${t('admin.overview.known.n', { n: status.users })}</span><small>${t('admin.overview.rooms.n', { n: status.rooms })} · ${t('admin.overview.said.n', { n: status.messages })}</small>`, 'people'],
    ['store', html`<span>${size(store.size_bytes)}</span>${store.free_bytes !== null && html`<small>${t('admin.overview.free', { free: size(store.free_bytes) })}</small>`}`, 'storage'],
    ['certificate', certificate ? html`<span>${t('admin.overview.days', { n: daysUntil(certificate.expires_at) })}</span><small>${t(`cert.source.${certificate.source}`)}</small>` : html`<span>${t('admin.overview.plain')}</span>`, 'certificates'],
    ['backups', html`<span>${backups.last_verified_at ? t('admin.overview.checked', { ago: ago(backups.last_verified_at) }) : t('admin.overview.unchecked')}</span><small>${t('backups.kept.n', { n: backups.count, size: size(backups.bytes) })}</small>`, 'backups'],
    ['listening', html`<bdi class="utext">${status.listening.join(', ')}</bdi>`],
  ];
  return html`<dl class="card facts">${lines.map(
    ([name, value, section]) => html`<div class="line" key=${name}><dt>${t(`admin.overview.${name}`)}</dt><dd>${value}</dd>${section && html`<dd class="to"><a href=${`/admin/${section}`} aria-label=${t(`admin.${section}`)}><${Icon} name="chevron-right" /></a></dd>`}</div>`,
  )}</dl>`;
}
