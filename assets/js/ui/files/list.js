// The files of one message, each to have or to delete.
import { html, useEffect } from '../../view.js';
import { size } from '../../bytes.js';
import { kindOf } from '../../kinds.js';
import { roomOf } from '../../state.js';
import { timelineOf } from '../../timeline.js';
import { t } from '../../i18n.js';
import { Icon } from '../basics.js';
import { openPicture } from '../files.js';
import { Dialog, DialogHead } from '../overlay.js';
import { download, downloadOf } from './card.js';
import { Line } from './line.js';
import { askRemove, mayRemove } from './remove.js';

/** @param {{message: any, close: () => void}} props */
export function FileList({ message: asked, close }) {
  const room = roomOf(asked.room);
  // As it is now: what is deleted meanwhile goes away here too.
  const line = timelineOf(asked.room, asked.thread || 0);
  const message = line.items.value.find(({ id }) => id === asked.id) ?? asked;
  const files = message.files ?? [];
  useEffect(() => {
    if (!room || !files.length) close();
  }, [room, files.length]);
  if (!room) return null;
  const may = mayRemove(message.user, room);
  return html`<${Dialog} label=${t('files.message', { n: files.length })} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('files.message', { n: files.length })} close=${close} />
    <ul class="flines">${files.map((file) => {
      const picture = kindOf(file) === 'image';
      return html`<li key=${file.id}><${Line} file=${file} about=${size(file.size)} does=${t(picture ? 'file.picture.show' : 'file.download')} open=${() => (picture ? openPicture(file, [message]) : download(file))}>
        <a class="ib" href=${downloadOf(file)} download=${file.name} aria-label=${t('file.download.name', { name: file.name })} title=${t('file.download')}><${Icon} name="download" /></a>
        ${may && html`<button type="button" class="ib danger" aria-label=${t('file.delete.name', { name: file.name })} title=${t('file.delete')} onClick=${() => askRemove(file, message.user)}><${Icon} name="trash-2" /></button>`}
      </${Line}></li>`;
    })}</ul>
  </${Dialog}>`;
}
