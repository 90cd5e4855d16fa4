// Files that are dragged over the page: a sheet says where they would go.
import { loadSheet } from '../view.js';
import { roomOf, titleOf } from '../state.js';
import { t } from '../i18n.js';
import { touch } from '../look.js';
import { add } from './items.js';

/** A drag that is over tells of itself several times a second. */
const SILENCE = 400;

let sheet = null;
let timer = 0;

/** Where what is dropped there would be written. @param {any} target @returns {{room: number, thread: number|null, form: HTMLElement, area: HTMLElement}|null} */
function placeAt(target) {
  const beside = target?.closest?.('.thread');
  const area = beside ?? document.querySelector('.sheet');
  const form = (beside ?? document.querySelector('.conv'))?.querySelector('.comp[data-room]');
  if (!form || target?.closest?.('dialog')) return null;
  return { room: Number(form.dataset.room), thread: Number(form.dataset.thread) || null, form, area };
}

/** @param {any} target */
export function dragover(target) {
  const place = placeAt(target);
  if (!place) return hide();
  clearTimeout(timer);
  timer = setTimeout(hide, SILENCE);
  show(place);
}

export const dragenter = dragover;

/** @param {any} target @param {File[]} files */
export function drop(target, files) {
  const place = placeAt(target);
  hide();
  if (!place) return;
  add(place.room, place.thread, files);
  if (!touch.value) place.form.querySelector('textarea').focus({ preventScroll: true });
}

function show({ room, thread, area }) {
  const title = titleOf(roomOf(room));
  if (!sheet) {
    loadSheet('attachments');
    sheet = document.createElement('div');
    sheet.className = 'dropsheet';
    sheet.append(document.createElement('p'));
    document.body.append(sheet);
  }
  sheet.firstChild.textContent = t(thread ? 'upload.drop.thread' : 'upload.drop', { room: title });
  const { left, top, right, bottom } = area.getBoundingClientRect();
  for (const [name, value] of Object.entries({ top, left, right: innerWidth - right, bottom: innerHeight - bottom })) sheet.style.setProperty(`--${name}`, `${value}px`);
}

function hide() {
  clearTimeout(timer);
  sheet?.remove();
  sheet = null;
}

addEventListener('dragleave', (event) => !event.relatedTarget && hide());
