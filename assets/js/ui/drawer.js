// The details of a conversation: the frame beside it, or over it where there is less room.
import { html, lazy, useEffect, useRef, useState } from '../view.js';
import { details } from '../actions.js';
import { t } from '../i18n.js';
import { wide } from '../look.js';
import { Icon } from './basics.js';
import { DirectBody } from './drawer/direct.js';
import { RoomBody } from './drawer/room.js';

const Gallery = lazy(() => import('./drawer/gallery.js').then((module) => module.Gallery), 'files');

/** @param {{room: any}} props */
export function Drawer({ room }) {
  const box = useRef(null);
  const direct = room.kind === 'direct';
  const [files, setFiles] = useState(false);
  const title = t(files ? 'files.title' : direct ? 'details.direct' : 'details.room');
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
  // The focus goes along: what was pressed is there no longer.
  const turn = (to) => {
    setFiles(to);
    requestAnimationFrame(() => box.current?.querySelector(to ? '.back-b' : '.newfiles h4 button, .dh button')?.focus());
  };
  return html`<aside class="drawer" aria-label=${title} ref=${box} onKeyDown=${onKeyDown}>
    <div class="dh">${files && html`<button type="button" class="ib back-b" aria-label=${t('files.back')} onClick=${() => turn(false)}><${Icon} name="chevron-left" /></button>`}<h2>${title}</h2>
      <button class="ib" aria-label=${t('details.close')} onClick=${close}><${Icon} name="x" /></button></div>
    <div class="db" tabindex="-1">${files ? html`<${Gallery} room=${room} />` : html`<${Body} room=${room} files=${() => turn(true)} />`}</div>
  </aside>`;
}
