// The newest files of a room in its details, and the way to all of them.
import { html } from '../../view.js';
import { kindOf } from '../../kinds.js';
import { t } from '../../i18n.js';
import { openPicture } from '../files.js';
import { Small } from '../files/line.js';
import { useRoomFiles } from './roomfiles.js';

const NEWEST = 6;

/** @param {{room: any, all: () => void}} props `all` shows all files */
export function NewestFiles({ room, all }) {
  const { list } = useRoomFiles(room, '', NEWEST);
  if (!list?.length) return null;
  const shown = list.slice(0, NEWEST);
  const messages = shown.map((one) => ({ id: one.message, room: room.id, user: one.user, at: one.at, files: [one.file] }));
  return html`<section class="blk newfiles"><h4>${t('files.title')} <button type="button" onClick=${all}>${t('files.all')}</button></h4>
    <ul class="thumbs">${shown.map(({ file }) => {
      const picture = kindOf(file) === 'image';
      return html`<li key=${file.id}><button type="button" class="th-b" aria-label=${picture ? t('file.picture.open', { name: file.name }) : t('files.show', { name: file.name })} title=${file.name} onClick=${() => (picture ? openPicture(file, messages) : all())}>
        <${Small} file=${file} />${!picture && html`<small dir="auto">${file.name}</small>`}</button></li>`;
    })}</ul>
  </section>`;
}
