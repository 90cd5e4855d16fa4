// Administration: what an admin sets while the server runs, what something else has set, and what waits for a restart.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { actions } from '../../actions.js';
import { t } from '../../i18n.js';
import { ErrorLine, Icon, sentence } from '../basics.js';
import { Failed } from './failed.js';

/** The live keys, by what they are about. Those not named here are limits. */
const GROUPS = {
  people: ['auth.registration', 'auth.password_min', 'auth.second_factor'],
  kept: ['retention.messages_days', 'retention.files_days', 'audit.days'],
  files: ['limits.upload_max_bytes', 'limits.user_quota_bytes', 'limits.storage_max_bytes'],
};
const NAMED = Object.values(GROUPS).flat();
const MEGABYTE = 1024 * 1024;
const isBytes = (key) => key.endsWith('_bytes');

/** The section. */
export function ServerSettings() {
  const [found, setFound] = useState(null);
  const [error, setError] = useState('');
  const load = () => api('GET', '/admin/settings').then((all) => (setFound(all), setError('')), (problem) => setError(sentence(problem)));
  useEffect(() => void load(), []);
  /** Gives null, or why it was refused. */
  const change = async (body) => {
    try {
      setFound(await api('PATCH', '/admin/settings', body));
      setError('');
      return null;
    } catch (problem) {
      // Why a number is not taken only the server knows in full.
      return problem.code === 'invalid' ? problem.detail : sentence(problem);
    }
  };
  if (!found) return html`<${Failed} error=${error} again=${load} />`;
  const live = found.settings.filter((setting) => setting.live);
  const rest = live.filter(({ key }) => !NAMED.includes(key)).map(({ key }) => key);
  const group = (name, keys) =>
    html`<h2 class="h">${t(`set.group.${name}`)}</h2><div class="card sets">${keys.map((key) => html`<${Setting} key=${key} setting=${live.find((one) => one.key === key)} change=${change} />`)}</div>`;
  return html`<${ErrorLine} error=${error} />
    <h2 class="h">${t('set.group.place')}</h2>
    <div class="card sets"><${Name} name=${found.name} change=${change} /></div>
    ${Object.entries(GROUPS).map(([name, keys]) => group(name, keys))}
    ${group('limits', rest)}
    <h2 class="h">${t('set.group.start')}</h2>
    <p class="mut">${t('set.start.text')}</p>
    <dl class="card facts starts">${found.settings.filter((setting) => !setting.live).map((setting) => html`<div class="line" key=${setting.key}><dt dir="ltr"><code>${setting.key}</code></dt><dd><bdi class="utext"><code>${written(setting.value)}</code></bdi>${setting.origin !== 'default' && html`<small><${Origin} setting=${setting} /></small>`}</dd></div>`)}</dl>`;
}

const written = (value) => (Array.isArray(value) ? value.join(', ') : String(value)) || '–';

function Name({ name, change }) {
  const [text, setText] = useState(name);
  const [error, setError] = useState('');
  const save = async () => text.trim() !== name && setError((await change({ name: text })) ?? '');
  return html`<div class="line"><label for="set-name">${t('set.name')}<small>${t('set.name.text')}</small></label>
    <input class="f-i" id="set-name" value=${text} maxlength="80" autocomplete="off" aria-invalid=${error ? 'true' : null} onInput=${(event) => setText(event.currentTarget.value)} onChange=${save} />
    <${Wrong} error=${error} /></div>`;
}

const Wrong = ({ error }) => html`<p class="f-e" role="alert" hidden=${!error}>${error && html`<${Icon} name="circle-alert" size="s" />`}${error}</p>`;

/** What set it, if it is not as it comes. */
function Origin({ setting: { origin, from } }) {
  if (origin === 'database') return t('set.from.database');
  return html`<span class="locked"><${Icon} name="lock" size="xs" />${t(`set.from.${origin}`)} <bdi dir="ltr"><code>${from}</code></bdi></span>`;
}

function Setting({ setting, change }) {
  const { key, value, origin, kind } = setting;
  const [error, setError] = useState('');
  const [turn, setTurn] = useState(0);
  const id = `set-${key.replace(/\W/g, '-')}`;
  const locked = origin !== 'default' && origin !== 'database';
  const send = async (wanted) => {
    setError((await change({ values: { [key]: wanted } })) ?? '');
    // What was refused is shown no longer.
    setTurn(turn + 1);
  };
  const set = (wanted) => {
    if (wanted === value) return;
    const warning = grave(key, wanted, value);
    if (!warning) return send(wanted);
    setTurn(turn + 1);
    actions.confirm({ title: t(`set.sure.${warning}`), text: t(`set.sure.${warning}.text`, { n: Number(wanted) || 0 }), verb: t('set.sure.verb'), danger: true, run: () => send(wanted) });
  };
  return html`<div class="line"><label for=${id}>${t(`set.${key}`)}<small>${t(`set.${key}.text`)}</small>${origin !== 'default' && html`<small class="origin"><${Origin} setting=${setting} />${
    origin === 'database' && html` · <button type="button" class="linkish" aria-label=${t('set.back.label', { name: t(`set.${key}`) })} onClick=${() => send(null)}>${t('set.back')}</button>`
  }</small>`}</label>
    ${
      kind === 'choice'
        ? html`<select class="f-i" id=${id} key=${turn} value=${value} disabled=${locked} onChange=${(event) => set(event.currentTarget.value)}>${setting.choices.map((choice) => html`<option key=${choice} value=${choice} selected=${choice === value}>${t(`set.${key}.${choice}`)}</option>`)}</select>`
        : html`<${Figure} id=${id} key=${`${turn} ${value}`} setting=${setting} locked=${locked} set=${set} />`
    }
    <${Wrong} error=${error} /></div>`;
}

/** What is asked about before it is done: it removes words for good, or shuts people out. */
function grave(key, wanted, value) {
  if (key.startsWith('retention.') && wanted > 0 && (value === 0 || wanted < value)) return key.endsWith('messages_days') ? 'messages' : 'files';
  if (key === 'auth.second_factor' && wanted !== 'optional') return 'factor';
  return key === 'auth.registration' && wanted === 'open' ? 'open' : '';
}

/** A whole number; bytes are shown as megabytes. */
function Figure({ id, setting: { key, value, min, max }, locked, set }) {
  const unit = isBytes(key) ? 'mb' : key.endsWith('days') ? 'days' : '';
  const scale = isBytes(key) ? MEGABYTE : 1;
  const changed = (event) => {
    const number = event.currentTarget.valueAsNumber;
    if (Number.isFinite(number)) set(Math.round(number * scale));
  };
  return html`<div class="figure"><input class="f-i" type="number" id=${id} inputmode="numeric" min=${min} max=${isBytes(key) || max > 1e9 ? null : max} step=${isBytes(key) ? 'any' : 1} value=${Math.round((value / scale) * 100) / 100} disabled=${locked} onChange=${changed} />${unit && html`<span class="unit" aria-hidden="true">${t(`set.unit.${unit}`)}</span>`}</div>`;
}
