// Administration: who did what to whom, and whether nobody has touched the list.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { full, short } from '../../time.js';
import { knows, t } from '../../i18n.js';
import { roomOf } from '../../state.js';
import { ErrorLine, Icon, sentence } from '../basics.js';

/** What can be asked for: all, or the actions that begin with a word. */
const KINDS = ['', 'login', 'session', 'user', 'ban', 'password', 'factor', 'passkey', 'key', 'invite', 'room', 'member', 'message', 'file', 'backup', 'export', 'config', 'certificate', 'server', 'storage'];

/** The section. */
export function Audit() {
  const [kind, setKind] = useState('');
  const [entries, setEntries] = useState(null);
  const [people, setPeople] = useState(new Map());
  const [next, setNext] = useState(null);
  const [verdict, setVerdict] = useState(null);
  const [error, setError] = useState('');
  const load = async (before) => {
    try {
      const page = await api('GET', `/admin/audit?limit=50${kind && `&action=${kind}`}${before ? `&before=${before}` : ''}`);
      setPeople((known) => new Map([...known, ...page.users.map((user) => [user.id, user])]));
      setEntries((old) => (before ? [...(old ?? []), ...page.entries] : page.entries));
      setNext(page.next);
      setError('');
    } catch (problem) {
      setError(sentence(problem));
    }
  };
  useEffect(() => void load(), [kind]);
  useEffect(() => {
    api('GET', '/admin/audit/verify').then(setVerdict, () => {});
  }, []);
  return html`<div class="bar">
      <label class="sr" for="audit-kind">${t('admin.audit.kind')}</label>
      <select class="f-i" id="audit-kind" value=${kind} onChange=${(event) => setKind(event.currentTarget.value)}>${KINDS.map((name) => html`<option key=${name} value=${name}>${t(`admin.audit.kind.${name || 'all'}`)}</option>`)}</select>
      ${verdict && html`<p class=${`verdict ${verdict.intact ? '' : 'bad'}`} role="status"><${Icon} name=${verdict.intact ? 'check-check' : 'circle-alert'} size="s" />${verdict.intact ? t('admin.audit.intact', { n: verdict.entries }) : t('admin.audit.broken', { at: verdict.broken_at })}</p>`}
    </div>
    <${ErrorLine} error=${error} />
    ${
      entries &&
      html`<ul class="card list audit">${entries.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} people=${people} />`)}</ul>
      ${!entries.length && html`<p class="mut">${t('admin.audit.none')}</p>`}
      ${next && html`<button type="button" class="btn btn-q" onClick=${() => load(next)}>${t('admin.more')}</button>`}`
    }`;
}

function Entry({ entry, people }) {
  const name = (id) => people.get(id)?.name ?? t('admin.audit.nobody');
  const by = entry.actor ? name(entry.actor) : t(`admin.audit.by.${entry.by}`);
  const whom = entry.subjects
    .filter((subject) => subject.kind !== 'user' || subject.id !== entry.actor)
    .map((subject) => (subject.kind === 'user' ? name(subject.id) : subject.kind === 'room' ? (roomOf(subject.id)?.name ?? t('admin.audit.room', { id: String(subject.id) })) : ''))
    .filter(Boolean);
  const details = Object.entries(entry.details).map(([key, value]) => `${key} ${value}`);
  const what = knows(`audit.${entry.action}`) ? t(`audit.${entry.action}`) : entry.action;
  return html`<li class="line"><span><b>${what}</b><small class="utext">${[by, ...whom, ...details, entry.address].filter(Boolean).join(' · ')}</small></span>
    <time class="mut" datetime=${new Date(entry.at).toISOString()} title=${full(entry.at)}>${short(entry.at)}</time></li>`;
}
