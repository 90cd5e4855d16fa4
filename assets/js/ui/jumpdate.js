// Going to a day of a conversation.
import { html, useState } from '../view.js';
import { jumpToTime } from '../jump.js';
import { t } from '../i18n.js';
import { Dialog, DialogHead } from './overlay.js';

/** @param {number} at @returns {string} the day there, as a date field has it */
const dayOf = (at) => {
  const date = new Date(at);
  const two = (number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};

/** @param {{room: any, at?: number, close: () => void}} props */
export function JumpToDate({ room, at, close }) {
  const [date, setDate] = useState(() => dayOf(at ?? Date.now()));
  const submit = (event) => {
    event.preventDefault();
    const [year, month, day] = date.split('-').map(Number);
    if (!day) return;
    close();
    jumpToTime(room.id, new Date(year, month - 1, day).getTime());
  };
  return html`<${Dialog} label=${t('date.title')} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('date.title')} text=${t('date.text')} close=${close} />
    <form onSubmit=${submit}>
      <div class="f-g"><label class="f-l" for="jump-date">${t('date.label')}</label>
        <input class="f-i" id="jump-date" type="date" required autofocus value=${date} min=${dayOf(room.created_at)} max=${dayOf(Date.now())} onInput=${(event) => setDate(event.currentTarget.value)} /></div>
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button>
        <button class="btn btn-p" disabled=${!date}>${t('date.verb')}</button></div>
    </form>
  </${Dialog}>`;
}
