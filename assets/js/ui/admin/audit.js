// Administration: who did what to whom, and whether nobody has touched the list.
import { html, useEffect, useState } from '../../view.js';
import { api } from '../../api.js';
import { full, short } from '../../time.js';
import { knows, t } from '../../i18n.js';
import { roomOf } from '../../state.js';
import { Icon } from '../basics.js';
import { Listing } from './listing.js';
import { usePaged } from './paged.js';

/** What can be asked for: all, or the actions that begin with a word. */
const KINDS = ['', 'login', 'session', 'user', 'ban', 'password', 'factor', 'passkey', 'key', 'invite', 'room', 'member', 'message', 'file', 'backup', 'export', 'config', 'certificate', 'server', 'storage', 'search'];

/** Details that may be somebody's rank. */
const RANKS = ['role', 'from', 'to'];

/** The section. */
export function Audit() {
  const [kind, setKind] = useState('');
  const [verdict, setVerdict] = useState(null);
  const entries = usePaged(`/admin/audit?limit=50${kind && `&action=${kind}`}`, 'entries', { mark: 'before' });
  const people = new Map(entries.page?.users.map((user) => [user.id, user]));
  useEffect(() => {
    api('GET', '/admin/audit/verify').then(setVerdict, () => {});
  }, []);
  return html`<div class="bar">
      <label class="sr" for="audit-kind">${t('admin.audit.kind')}</label>
      <select class="f-i" id="audit-kind" value=${kind} onChange=${(event) => setKind(event.currentTarget.value)}>${KINDS.map((name) => html`<option key=${name} value=${name}>${t(`admin.audit.kind.${name || 'all'}`)}</option>`)}</select>
      ${verdict && html`<p class=${`verdict ${verdict.intact ? '' : 'bad'}`} role="status"><${Icon} name=${verdict.intact ? 'check-check' : 'circle-alert'} size="s" />${verdict.intact ? t('admin.audit.intact', { n: verdict.entries }) : t('admin.audit.broken', { at: verdict.broken_at })}</p>`}
    </div>
    <${Listing} of=${entries} count=${entries.page?.entries.length} none=${t('admin.audit.none')}>
      <ul class="card list audit">${entries.page?.entries.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} people=${people} />`)}</ul></${Listing}>`;
}

function Entry({ entry, people }) {
  const name = (id) => people.get(id)?.name ?? t('admin.audit.nobody');
  const by = entry.actor ? name(entry.actor) : t(`admin.audit.by.${entry.by}`);
  const whom = entry.subjects
    .filter((subject) => subject.kind !== 'user' || subject.id !== entry.actor)
    .map((subject) => (subject.kind === 'user' ? name(subject.id) : subject.kind === 'room' ? (roomOf(subject.id)?.name ?? t('admin.audit.room', { id: String(subject.id) })) : ''))
    .filter(Boolean);
  const details = Object.entries(entry.details).map(([key, value]) => detail(key, RANKS.includes(key) && knows(`role.${value}`) ? t(`role.${value}`) : value));
  const what = knows(`audit.${entry.action}`) ? t(`audit.${entry.action}`) : entry.action;
  // Each by itself: a name from right to left must not carry the address beside it away.
  const told = [by, ...whom, ...details, entry.address].filter(Boolean);
  return html`<li class="line"><span><b>${what}</b><small>${told.flatMap((words, at) => [at ? ' · ' : '', html`<bdi>${words}</bdi>`])}</small></span>
    <time class="mut" datetime=${new Date(entry.at).toISOString()} title=${full(entry.at)}>${short(entry.at)}</time></li>`;
}

/** What an entry says more; a newer server may say what this client has no word for. */
function detail(key, value) {
  return knows(`audit.detail.${key}`) ? t(`audit.detail.${key}`, { value }) : `${key} ${value}`;
}
