// All files of a room, newest first: chosen by what they are, each with its way to the message.
import { html, useEffect, useRef, useState } from '../../view.js';
import { size } from '../../bytes.js';
import { kindOf } from '../../kinds.js';
import * as state from '../../state.js';
import { openMenu, toast } from '../../layers.js';
import { details } from '../../actions.js';
import { wide } from '../../look.js';
import { jump } from '../../jump.js';
import { full, short } from '../../time.js';
import { t } from '../../i18n.js';
import { copyText, Empty, Icon } from '../basics.js';
import { openPicture } from '../files.js';
import { download } from '../files/card.js';
import { Line, Small } from '../files/line.js';
import { askRemove, mayRemove } from '../files/remove.js';
import { useRoomFiles } from './roomfiles.js';

const PAGE = 50;
const TYPES = ['', 'image', 'media', 'other'];

/** @param {{room: any}} props */
export function Gallery({ room }) {
  const [type, setType] = useState('');
  const { list, next, error, more, again, drop } = useRoomFiles(room, type, PAGE);
  const open = (entry) => {
    if (kindOf(entry.file) !== 'image') return visit(room, entry);
    openPicture(entry.file, list.map((one) => ({ id: one.message, room: room.id, user: one.user, at: one.at, files: [one.file] })));
  };
  const grid = type === 'image';
  return html`<fieldset class="seg galseg"><legend class="sr">${t('files.filter')}</legend>
      ${TYPES.map((one) => html`<label key=${one}><input type="radio" name="file-type" checked=${one === type} onChange=${() => setType(one)} /><span>${t(`files.type.${one || 'all'}`)}</span></label>`)}
    </fieldset>
    ${list && !list.length && !next && !error && html`<${Empty} sign=${html`<${Icon} name="paperclip" size="l" />`} title=${t('files.none')} text=${t(type ? 'files.none.type' : 'files.none.text')} />`}
    ${list?.length > 0 && html`<ul class=${grid ? 'galgrid' : 'flines'} aria-label=${t('files.title')}>${list.map((entry) => html`<${Entry} key=${entry.file.id} entry=${entry} room=${room} grid=${grid} open=${() => open(entry)} drop=${drop} />`)}</ul>`}
    ${error && html`<${Empty} title=${t('messages.failed')} text=${error}><button type="button" class="btn btn-q" onClick=${again}>${t('action.retry')}</button></${Empty}>`}
    ${next && !error && html`<${More} key=${next} more=${more} />`}`;
}

function Entry({ entry, room, grid, open, drop }) {
  const button = useRef(null);
  const { file, user, at } = entry;
  const items = () =>
    openMenu(button.current, t('file.actions', { name: file.name }), [
      { label: t('found.jump'), icon: 'corner-down-left', run: () => visit(room, entry) },
      { label: t('file.download'), icon: 'download', run: () => download(file) },
      { label: t('message.link'), icon: 'link', run: () => copyLink(room, entry) },
      ...(mayRemove(user, room) ? [null, { label: t('file.delete'), icon: 'trash-2', danger: true, run: () => askRemove(file, user, () => drop(file.id)) }] : []),
    ]);
  const menu = html`<button type="button" class="ib" ref=${button} aria-haspopup="menu" aria-label=${t('file.actions', { name: file.name })} onClick=${items}><${Icon} name="ellipsis" size="s" /></button>`;
  const picture = kindOf(file) === 'image';
  if (grid)
    return html`<li class="galcell" data-file=${file.id}><button type="button" class="th-b" aria-label=${t('file.picture.open', { name: file.name })} title=${file.name} onClick=${open}><${Small} file=${file} /></button>${menu}</li>`;
  const about = html`<bdi>${state.userOf(user).name}</bdi> · <bdi>${size(file.size)}</bdi> · <time dateTime=${new Date(at).toISOString()} title=${full(at)}>${short(at)}</time>`;
  return html`<li><${Line} file=${file} about=${about} does=${t(picture ? 'file.picture.show' : 'found.jump')} open=${open}>${menu}</${Line}></li>`;
}

/** The next page comes when the end is near; who does not scroll presses. */
function More({ more }) {
  const button = useRef(null);
  useEffect(() => {
    const watch = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && more(), { rootMargin: '300px' });
    watch.observe(button.current);
    return () => watch.disconnect();
  }, []);
  return html`<button type="button" class="btn btn-q" ref=${button} onClick=${more}>${t('found.more')}</button>`;
}

/** Goes to the message; where the drawer lies over the conversation it makes way. */
function visit(room, { message }) {
  if (!wide.value) details.value = false;
  jump(room.id, message);
}

async function copyLink(room, { message }) {
  const copied = await copyText(`${location.origin}/r/${room.id}/${message}`);
  toast(t(copied ? 'message.link.copied' : 'error.copy'));
}
