// What became of the last own message, under it: ticks, when it was read, and who has seen it.
import { html } from '../view.js';
import { areTold, stateOf, takesPart } from '../receipts.js';
import { userOf } from '../state.js';
import { clock } from '../time.js';
import { t } from '../i18n.js';
import { actions } from '../actions.js';
import { Avatar, Icon } from './basics.js';

const FACES = 4;

/** @param {{message: any, room: any}} props */
export function Receipt({ message, room }) {
  // What was said in a thread is read there: the marks of the room say nothing of it.
  const { state, readers } = message.thread ? { state: 'sent', readers: [] } : stateOf(room, message.id);
  const alone = room.kind === 'direct' && room.users.length <= 2;
  if (state === 'read' && alone) {
    const [{ at }] = readers;
    return html`<div class="foot read"><${Icon} name="check-check" size="s" /><span>${at ? t('receipt.read.at', { time: clock(at) }) : t('receipt.read')}</span></div>`;
  }
  if (state === 'read')
    return html`<div class="foot read"><button type="button" class="seen" aria-haspopup="dialog" onClick=${() => actions.seenBy(message)}>
      <span class="stack" aria-hidden="true">${readers.slice(0, FACES).map(({ user }) => html`<${Avatar} key=${user} user=${userOf(user)} size="av-18" one=${true} />`)}</span>${t('receipt.seen', { n: readers.length })}</button></div>`;
  const asked = takesPart() && (message.thread || !areTold(room)) && room.member_count > 1;
  return html`<div class="foot"><${Icon} name=${state === 'delivered' ? 'check-check' : 'check'} size="s" /><span>${t(`receipt.${state}`)}</span>
    ${asked && html`<button type="button" aria-haspopup="dialog" onClick=${() => actions.seenBy(message)}>${t('receipt.who')}</button>`}</div>`;
}
