// The details of a conversation: the frame beside it, or over it where there is less room.
import { html, useEffect, useRef } from '../view.js';
import { details } from '../actions.js';
import { t } from '../i18n.js';
import { wide } from '../look.js';
import { Icon } from './basics.js';
import { DirectBody } from './drawer/direct.js';
import { RoomBody } from './drawer/room.js';

/** @param {{room: any}} props */
export function Drawer({ room }) {
  const box = useRef(null);
  const direct = room.kind === 'direct';
  const title = t(direct ? 'details.direct' : 'details.room');
  useEffect(() => {
    // Beside the conversation it takes no focus; over it, it does.
    if (!wide.value) box.current?.querySelector('button')?.focus();
  }, []);
  const close = () => {
    details.value = false;
    document.getElementById('details-toggle')?.focus();
  };
  const onKeyDown = (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  const Body = direct ? DirectBody : RoomBody;
  return html`<aside class="drawer" aria-label=${title} ref=${box} onKeyDown=${onKeyDown}>
    <div class="dh"><h2>${title}</h2>
      <button class="ib" aria-label=${t('details.close')} onClick=${close}><${Icon} name="x" /></button></div>
    <div class="db" tabindex="-1"><${Body} room=${room} /></div>
  </aside>`;
}
