// Under a message whose files are on their way: how far they are, and the way to take it back.
import { html } from '../view.js';
import { discard } from '../outbox.js';
import { isKept, itemOf } from '../upload/items.js';
import { t } from '../i18n.js';
import { Icon } from './basics.js';

/** @param {{message: any}} props an entry of the outbox */
export function Sending({ message }) {
  const items = message.files.map(({ key }) => itemOf(key)).filter(Boolean);
  const whole = items.reduce((sum, { size }) => sum + size, 0);
  const sent = items.reduce((sum, { size, look }) => sum + (look.value.state === 'done' ? size : look.value.sent), 0);
  const offline = items.some(({ look }) => look.value.state === 'offline');
  const leaves = items.every(isKept);
  const label = t('upload.going', { n: message.files.length });
  return html`<div class="foot going">
    <${Icon} name=${offline ? 'wifi-off' : 'upload'} size="s" />
    <span>${offline ? t('message.state.queued') : label}${!leaves && ` · ${t('upload.stay')}`}</span>
    <progress max="1" value=${whole ? sent / whole : 0} aria-label=${label}></progress>
    <button type="button" onClick=${() => discard(message.nonce)}>${t('action.cancel')}</button>
  </div>`;
}
