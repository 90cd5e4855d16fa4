// Pictures large, one after the other: by arrows, by fingers and by the wheel.
import { html, useEffect, useRef, useState } from '../../view.js';
import * as state from '../../state.js';
import { wide } from '../../look.js';
import { details } from '../../actions.js';
import { toast } from '../../layers.js';
import { jump } from '../../jump.js';
import { full, short } from '../../time.js';
import { t } from '../../i18n.js';
import { copyText, Icon } from '../basics.js';
import { useModal } from '../overlay.js';
import { downloadOf } from './card.js';
import { Stage } from './stage.js';

/** @param {{items: {file: any, message: {id: number, room: number, user: number, at: number}}[], first: string, close: () => void}} props `first` is the file to begin with */
export function Lightbox({ items, first, close }) {
  const box = useModal();
  const stage = useRef(null);
  const [at, setAt] = useState(Math.max(0, items.findIndex(({ file }) => file.id === first)));
  const { file, message } = items[at];
  const user = state.userOf(message.user);

  // The next and the one before are there when they are asked for.
  useEffect(() => {
    for (const near of [items[at + 1], items[at - 1]]) if (near) new Image().src = near.file.url;
  }, [at]);

  const go = (to) => setAt(Math.max(0, Math.min(items.length - 1, to)));
  const step = (by) => go(at + by);
  const onKeyDown = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const forth = document.documentElement.dir === 'rtl' ? -1 : 1;
    const side = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
    const fall = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
    // Of a picture that is larger than the window the arrows show the rest.
    if ((side || fall) && stage.current.pan(-side, -fall)) event.preventDefault();
    else if (side) step(side * forth);
    else if (event.key === 'Home') go(0);
    else if (event.key === 'End') go(items.length - 1);
    else if (event.key === '+' || event.key === '=') stage.current.zoom(1.5);
    else if (event.key === '-') stage.current.zoom(1 / 1.5);
    else if (event.key === '0') stage.current.zoom(0);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const copyLink = async () => {
    const copied = await copyText(`${location.origin}/r/${message.room}/${message.id}`);
    toast(t(copied ? 'message.link.copied' : 'error.copy'));
  };
  const visit = () => {
    if (!wide.value) details.value = false;
    close();
    jump(message.room, message.id);
  };
  const tool = (name, icon, run) => html`<button type="button" class="ib" aria-label=${t(name)} title=${t(name)} onClick=${run}><${Icon} name=${icon} /></button>`;

  return html`<dialog ref=${box} class="light" aria-label=${t('lightbox.title')} onCancel=${(event) => (event.preventDefault(), close())} onKeyDown=${onKeyDown}>
    <div class="lb">
      <header>
        <div class="lbw"><b class="utext">${user.name}</b><small><time dateTime=${new Date(message.at).toISOString()} title=${full(message.at)}>${short(message.at)}</time> · <bdi>${file.name}</bdi></small></div>
        <span class="lbn">${t('lightbox.place', { at: at + 1, of: items.length })}</span>
        <div class="lbt" role="toolbar" aria-label=${t('lightbox.tools')}>
          ${tool('lightbox.out', 'minus', () => stage.current.zoom(1 / 1.5))}
          ${tool('lightbox.in', 'plus', () => stage.current.zoom(1.5))}
          ${
            // A message on its way has neither a place nor files to be had.
            message.id > 0 &&
            html`<a class="ib" href=${downloadOf(file)} download=${file.name} aria-label=${t('file.download')} title=${t('file.download')}><${Icon} name="download" /></a>
          ${tool('message.link', 'link', copyLink)}
          ${tool('found.jump', 'corner-down-left', visit)}`
          }
        </div>
        <button type="button" class="ib" autofocus aria-label=${t('action.close')} title=${t('action.close')} onClick=${close}><${Icon} name="x" /></button>
      </header>
      <${Stage} key=${file.id} file=${file} hands=${stage} step=${step} close=${close} />
      ${items.length > 1 && html`<button type="button" class="ib lbp" aria-label=${t('lightbox.previous')} disabled=${at === 0} onClick=${() => step(-1)}><${Icon} name="chevron-left" size="l" /></button>
      <button type="button" class="ib lbx" aria-label=${t('lightbox.next')} disabled=${at === items.length - 1} onClick=${() => step(1)}><${Icon} name="chevron-right" size="l" /></button>`}
      <p class="sr" aria-live="polite">${t('lightbox.said', { name: file.name, at: at + 1, of: items.length })}</p>
    </div>
  </dialog>`;
}
