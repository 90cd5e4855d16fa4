// Saying what one is at: the fields, as a dialog of their own and as part of the profile.
import { html, useState } from '../view.js';
import { api } from '../api.js';
import { addUsers, me } from '../state.js';
import { statusOf } from '../status.js';
import { clock, day, sameDay } from '../time.js';
import { t } from '../i18n.js';
import { openPicker } from '../emoji.js';
import { Dialog, DialogHead } from './overlay.js';
import { ErrorLine, Icon, sentence } from './basics.js';

const MINUTE = 60_000;
const ENDS = {
  never: () => null,
  half: () => Date.now() + 30 * MINUTE,
  hour: () => Date.now() + 60 * MINUTE,
  today: () => new Date().setHours(24, 0, 0, 0),
  week: () => {
    const monday = new Date();
    monday.setDate(monday.getDate() + ((8 - monday.getDay()) % 7 || 7));
    return monday.setHours(0, 0, 0, 0);
  },
};
const IDEAS = [
  ['📅', 'meeting', 'hour'],
  ['🎧', 'focus', 'hour'],
  ['🍜', 'lunch', 'half'],
  ['🤒', 'sick', 'today'],
  ['🌴', 'away', 'week'],
];

/** What the fields begin with. @param {any} user */
export function statusForm(user) {
  const status = statusOf(user);
  // `kept`: the end as it is, until another one is chosen.
  return { emoji: status?.emoji ?? '', text: status?.text ?? '', ends: status?.expires_at ? 'kept' : 'never', kept: status?.expires_at ?? null };
}

/** What the server is told. @param {any} form */
export function statusBody({ emoji, text, ends, kept }) {
  if (!emoji.trim() && !text.trim()) return null;
  const at = ends === 'kept' ? kept : ENDS[ends]();
  // What ended while the form was open is over.
  return at && at <= Date.now() ? null : { emoji: emoji.trim(), text: text.trim(), expires_at: at };
}

/** @param {{status: any, change: (status: any) => void}} props */
export function StatusFields({ status, change }) {
  const set = (more) => change({ ...status, ...more });
  const empty = !status.emoji && !status.text;
  const until = status.kept && (sameDay(status.kept, Date.now()) ? clock(status.kept) : `${day(status.kept)} ${clock(status.kept)}`);
  return html`<fieldset class="f-g statusf"><legend class="f-l">${t('profile.status')}</legend>
    <div class="saying">
      <button type="button" class="f-i pick" aria-label=${`${t('profile.emoji')} ${status.emoji}`.trim()} aria-haspopup="dialog" onClick=${(event) => openPicker(event.currentTarget, (emoji) => set({ emoji }))}>${status.emoji ? html`<span class="e">${status.emoji}</span>` : html`<${Icon} name="smile-plus" />`}</button>
      <input class="f-i" aria-label=${t('profile.status.text')} placeholder=${t('profile.status.hint')} value=${status.text} maxlength="100" onInput=${(event) => set({ text: event.currentTarget.value })} />
      ${!empty && html`<button type="button" class="ib" aria-label=${t('status.clear')} onClick=${() => set({ emoji: '', text: '', ends: 'never' })}><${Icon} name="x" size="s" /></button>`}
    </div>
    ${empty && html`<ul class="ideas">${IDEAS.map(([emoji, name, ends]) => html`<li key=${name}><button type="button" onClick=${() => set({ emoji, text: t(`status.idea.${name}`), ends })}><span class="e" aria-hidden="true">${emoji}</span>${t(`status.idea.${name}`)}<small>${t(`status.ends.${ends}`)}</small></button></li>`)}</ul>`}
    ${
      !empty &&
      html`<label class="ends"><span>${t('status.ends')}</span><select class="f-i" value=${status.ends} onChange=${(event) => set({ ends: event.currentTarget.value })}>
      ${status.kept && html`<option value="kept">${t('status.ends.at', { time: until })}</option>`}
      ${Object.keys(ENDS).map((name) => html`<option key=${name} value=${name}>${t(`status.ends.${name}`)}</option>`)}</select></label>`
    }
  </fieldset>`;
}

/** The dialog behind one's own name. @param {{close: () => void}} props */
export function StatusDialog({ close }) {
  const [status, setStatus] = useState(() => statusForm(me.value));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const save = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError('');
    try {
      addUsers([await api('PATCH', '/me', { status: statusBody(status) })]);
      close();
    } catch (problem) {
      setError(sentence(problem));
      setBusy(false);
    }
  };
  return html`<${Dialog} label=${t('status.title')} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('status.title')} text=${t('status.text')} close=${close} />
    <form onSubmit=${save}>
      <${ErrorLine} error=${error} />
      <${StatusFields} status=${status} change=${setStatus} />
      <div class="acts"><a class="btn btn-q start" href="/settings/profile" onClick=${close}>${t('person.edit')}</a>
        <button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button>
        <button class="btn btn-p" disabled=${busy}>${t('action.save')}</button></div>
    </form>
  </${Dialog}>`;
}
