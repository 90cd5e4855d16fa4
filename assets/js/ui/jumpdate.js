// Choosing a day: to go to it in a conversation, or for whatever asks for one.
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
  const go = (date) => {
    const [year, month, day] = date.split('-').map(Number);
    if (day) jumpToTime(room.id, new Date(year, month - 1, day).getTime());
  };
  return html`<${Day} title=${t('date.title')} text=${t('date.text')} verb=${t('date.verb')} at=${at} from=${room.created_at} chosen=${go} close=${close} />`;
}

/** @param {{chosen: (day: string) => void, close: () => void}} props `day` such as 2026-01-31 */
export const PickDay = ({ chosen, close }) => html`<${Day} title=${t('date.pick')} verb=${t('date.pick.verb')} chosen=${chosen} close=${close} />`;

function Day({ title, text, verb, at, from, chosen, close }) {
  const [date, setDate] = useState(() => dayOf(at ?? Date.now()));
  const submit = (event) => {
    event.preventDefault();
    if (!date) return;
    close();
    chosen(date);
  };
  return html`<${Dialog} label=${title} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${title} text=${text} close=${close} />
    <form onSubmit=${submit}>
      <div class="f-g"><label class="f-l" for="jump-date">${t('date.label')}</label>
        <input class="f-i" id="jump-date" type="date" required autofocus value=${date} min=${from && dayOf(from)} max=${dayOf(Date.now())} onInput=${(event) => setDate(event.currentTarget.value)} /></div>
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button>
        <button class="btn btn-p" disabled=${!date}>${verb}</button></div>
    </form>
  </${Dialog}>`;
}
