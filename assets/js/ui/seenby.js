// Who has seen a message and when, and whom it has only reached.
import { html, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import { takesPart } from '../receipts.js';
import { userOf } from '../state.js';
import { full } from '../time.js';
import { t } from '../i18n.js';
import { Avatar, ErrorLine, sentence } from './basics.js';
import { Dialog, DialogHead } from './overlay.js';

/** @param {{message: any, close: () => void}} props */
export function SeenBy({ message, close }) {
  const [found, setFound] = useState(null);
  const [error, setError] = useState('');
  useEffect(() => {
    api('GET', `/rooms/${message.room}/messages/${message.id}/receipts`).then(setFound, (problem) => setError(sentence(problem)));
  }, []);
  const times = new Map((found?.times ?? []).map(({ user, at }) => [user, at]));
  const read = [...(found?.read ?? [])].sort((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
  const reached = (found?.delivered ?? []).filter((user) => !read.includes(user));
  const text = !takesPart() ? t('receipt.off') : found && !read.length && !reached.length ? t('receipt.nobody') : t('receipt.sent.at', { time: full(message.at) });
  return html`<${Dialog} label=${t('receipt.title')} close=${close} middle=${true} kind="form sm">
    <${DialogHead} title=${t('receipt.title')} text=${text} close=${close} />
    <${ErrorLine} error=${error} />
    ${read.length > 0 && html`<section class="blk"><h3>${t('receipt.seen', { n: read.length })}</h3><ul class="seenby" tabindex="0" aria-label=${t('receipt.seen', { n: read.length })}>${read.map((user) => html`<${Person} key=${user} user=${userOf(user)} at=${times.get(user)} />`)}</ul></section>`}
    ${reached.length > 0 && html`<section class="blk"><h3>${t('receipt.reached', { n: reached.length })}</h3><ul class="seenby" tabindex="0" aria-label=${t('receipt.reached', { n: reached.length })}>${reached.map((user) => html`<${Person} key=${user} user=${userOf(user)} />`)}</ul></section>`}
  </${Dialog}>`;
}

const Person = ({ user, at }) =>
  html`<li class="pers"><${Avatar} user=${user} dot=${true} /><span class="pn"><b>${user.name}</b>${at && html`<small>${full(at)}</small>`}</span></li>`;
