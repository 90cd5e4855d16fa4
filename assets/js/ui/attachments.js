// Above the box: what will go with the message, how far it got, and the offer to make a file of long words.
import { html, lazy, useRef } from '../view.js';
import { add, again, remove } from '../upload/items.js';
import { setTray } from '../upload/tray.js';
import { size } from '../bytes.js';
import { t } from '../i18n.js';
import { Icon } from './basics.js';

const Recorder = lazy(() => import('./recorder.js').then((module) => module.Recorder));

/** @param {{room: any, thread: number|null, tray: any, text: string, change: (text: string, caret: number) => void, reply: any}} props */
export function Attachments({ room, thread, tray, text, change, reply }) {
  const list = useRef(null);
  const offered = tray.offer && text.includes(tray.offer);
  const makeFile = () => {
    const at = text.indexOf(tray.offer);
    add(room.id, thread, [new File([tray.offer], t('upload.pasted'), { type: 'text/plain' })]);
    change(text.slice(0, at) + text.slice(at + tray.offer.length), at);
    setTray(room.id, thread, { offer: '' });
    boxOf(list.current)?.focus();
  };
  const takeAway = (item) => {
    const cards = [...list.current.querySelectorAll('.take')];
    const at = tray.items.indexOf(item);
    // The next card has the focus then, or the box where there is none.
    (cards[at + 1] ?? cards[at - 1] ?? boxOf(list.current))?.focus();
    remove(item);
  };
  return html`<div class="attached" ref=${list}>
    ${tray.recording && html`<${Recorder} room=${room.id} thread=${thread} reply=${reply} />`}
    ${
      offered &&
      html`<div class="offer"><span>${t('upload.long', { n: tray.offer.length })}</span>
        <button type="button" class="btn btn-q btn-s" onClick=${makeFile}><${Icon} name="file-text" size="s" />${t('upload.asfile')}</button>
        <button type="button" class="ib" aria-label=${t('action.close')} onClick=${() => setTray(room.id, thread, { offer: '' })}><${Icon} name="x" size="s" /></button></div>`
    }
    ${tray.items.length > 0 && html`<ul class="cards" aria-label=${t('upload.attached')}>${tray.items.map((item) => html`<${Card} key=${item.key} item=${item} takeAway=${takeAway} />`)}</ul>`}
  </div>`;
}

const boxOf = (list) => list?.parentElement.querySelector('.comp textarea');

const SIGNS = { image: 'image', video: 'film', audio: 'music' };

/** @param {{item: any, takeAway: (item: any) => void}} props */
function Card({ item, takeAway }) {
  const { state, sent, error } = item.look.value;
  const onKeyDown = (event) => {
    if (event.key !== 'Delete' && event.key !== 'Backspace') return;
    event.preventDefault();
    takeAway(item);
  };
  const busy = state === 'sending' || state === 'offline' || state === 'waiting' || state === 'preparing';
  return html`<li class=${`acard ${state === 'failed' ? 'failed' : ''}`} data-state=${state} onKeyDown=${onKeyDown}>
    <span class="asign">${item.picture ? html`<img src=${item.picture} alt="" draggable=${false} />` : html`<${Icon} name=${item.waveform ? 'mic' : (SIGNS[item.type.split('/')[0]] ?? 'file-text')} />`}</span>
    <span class="about"><b title=${item.name}>${item.name}</b><small>${error || said(item, state, sent)}</small></span>
    ${state === 'failed' && item.blob && html`<button type="button" class="ib" aria-label=${t('upload.again', { name: item.name })} title=${t('action.retry')} onClick=${() => again(item)}><${Icon} name="rotate-cw" size="s" /></button>`}
    <button type="button" class="ib take" aria-label=${t(busy ? 'upload.cancel' : 'upload.remove', { name: item.name })} onClick=${() => takeAway(item)}><${Icon} name="x" size="s" /></button>
    ${busy && html`<progress max="1" value=${state === 'sending' || sent ? sent / Math.max(1, item.size) : 0} aria-label=${t('upload.progress', { name: item.name })}></progress>`}
  </li>`;
}

function said(item, state, sent) {
  if (state === 'offline') return t('upload.offline');
  if (state === 'sending') return t('upload.part', { sent: size(sent), size: size(item.size) });
  return size(item.size);
}
