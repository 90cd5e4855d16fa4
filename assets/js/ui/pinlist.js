// All that a room holds up, with a way to each and, for who may, away from the wall.
import { html, useEffect } from '../view.js';
import { roomOf } from '../state.js';
import { loadPins, pins } from '../pins.js';
import { togglePin } from '../marks.js';
import { t } from '../i18n.js';
import { jump } from '../jump.js';
import { Empty, Icon } from './basics.js';
import { Dialog, DialogHead } from './overlay.js';
import { Found } from './found.js';
import { mayPin } from './messageactions.js';

/** @param {{room: number, close: () => void}} props */
export function PinList({ room: id, close }) {
  const room = roomOf(id);
  const list = pins.value.get(id);
  useEffect(() => {
    if (!list) loadPins(id);
    if (!room) close();
  }, [list, room]);
  const unpin = (message) => togglePin({ ...message, pinned: true });
  return html`<${Dialog} label=${t('pins.label')} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('pins.label')} close=${close} />
    <div class="finds" tabindex="0" role="group" aria-label=${t('pins.label')}>
      ${list && !list.length && html`<${Empty} title=${t('pins.empty')} text=${t('pins.empty.text')} />`}
      ${list?.map(
        (message) => html`<${Found} key=${message.id} message=${message} open=${() => (close(), jump(id, message.id))}>
          ${room && mayPin(message, { room }) && html`<button type="button" class="btn btn-q btn-s" onClick=${() => unpin(message)}><${Icon} name="pin-off" size="s" />${t('message.unpin')}</button>`}
        </${Found}>`,
      )}
    </div>
  </${Dialog}>`;
}
