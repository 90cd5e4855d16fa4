// What came with a message: pictures, whose room is kept free while they load, and boxes for all else, which is fetched when it is drawn.
import { html, lazy, useState } from '../view.js';
import { openDialog } from '../layers.js';
import { kindOf } from '../kinds.js';
import { sentHere } from '../upload/tray.js';
import { t } from '../i18n.js';

const File = lazy(() => import('./files/file.js').then((module) => module.File), 'files');
const Lightbox = lazy(() => import('./files/lightbox.js').then((module) => module.Lightbox), 'panels', 'files');

const WIDEST = 420;
const TALLEST = 360;
const SMALLEST = 96;
/** So many pictures are shown; the last one tells how many more there are. */
const SHOWN = 5;
/** A still picture in place of one that moves would be another one; larger ones wait until they are opened. */
const MOVING = 2 * 1024 * 1024;

/** @param {{message: any, line?: any, stop?: boolean}} props `line` is the one that shows the message, whose other pictures are beside these; `stop`: the tab key comes here */
export function Files({ message, line, stop = true }) {
  const pictures = message.files.filter((file) => kindOf(file) === 'image');
  const open = (file) => openPicture(file, line && !message.pending ? [line.root.value, ...line.items.value] : [message]);
  const shown = pictures.slice(0, SHOWN);
  return html`<div class="files">
    ${pictures.length > 1 && html`<div class="pics" data-n=${shown.length}>${shown.map((file, at) => html`<${Picture} key=${keyOf(file)} file=${file} more=${at === SHOWN - 1 ? pictures.length - SHOWN : 0} open=${open} stop=${stop} />`)}</div>`}
    ${message.files.map((file) => (pictures.length > 1 && pictures.includes(file) ? null : pictures.includes(file) ? html`<${Picture} key=${keyOf(file)} file=${file} alone=${true} open=${open} stop=${stop} />` : html`<${Other} key=${keyOf(file)} file=${file} stop=${stop} />`))}
  </div>`;
}

/** The same before and after the server has it, so that what is shown stays what it is. */
const keyOf = ({ id }) => sentHere.get(id)?.key ?? id;

/** Shows a picture large; the arrows lead through all that these messages have. @param {any} file @param {any[]} messages */
export function openPicture(file, messages) {
  const items = messages.flatMap((message) => (message?.files ?? []).filter((one) => kindOf(one) === 'image').map((one) => ({ file: one, message })));
  openDialog(Lightbox, { items, first: file.id });
}

/** A picture that leads to a larger view of itself; one that cannot be had is shown as the file that it is. */
function Picture({ file, alone, more, open, stop }) {
  const [broken, setBroken] = useState(false);
  if (broken) return html`<${Other} file=${file} stop=${stop} />`;
  const moves = file.type === 'image/gif' && file.size <= MOVING && !matchMedia('(prefers-reduced-motion: reduce)').matches;
  const { style, small } = alone ? frameOf(file, SMALLEST) : {};
  return html`<button type="button" class=${`pic ${small ? 'small' : ''}`} style=${style} tabindex=${stop ? 0 : -1} data-file=${file.id} data-more=${more > 0 ? `+${more}` : null} aria-label=${t('file.picture.open', { name: file.name })} onClick=${() => open(file)}>
    <img src=${(!moves && (sentHere.get(file.id)?.thumb ?? file.thumb)) || file.url} alt=${file.name} loading="lazy" decoding="async" draggable=${false} onError=${() => setBroken(true)} />
  </button>`;
}

/** What is no picture: its box is there from the start, so that nothing moves. */
function Other({ file, stop }) {
  const kind = kindOf(file);
  return html`<div class=${`file f-${kind}`} style=${kind === 'video' ? frameOf(file, 240).style : null} data-file=${file.id}><${File} file=${file} kind=${kind} stop=${stop} /></div>`;
}

/** The room that a picture takes, whatever becomes of it. @param {any} file @param {number} least @returns {{style: object, small: boolean}} */
function frameOf({ width, height }, least) {
  const [wide, tall] = width && height ? [width, height] : [320, 240];
  // What is extremely long or wide is cut; the whole of it is in the large view.
  const ratio = Math.min(3, Math.max(0.5, wide / tall));
  const fits = Math.min(wide, WIDEST, TALLEST * ratio);
  return { style: { '--w': `${Math.max(fits, least)}px`, '--own': `${Math.max(wide, least)}px`, '--r': ratio }, small: fits < least };
}
