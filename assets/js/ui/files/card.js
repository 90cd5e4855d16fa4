// A file as a card: what it is, how large it is, and the way to have it.
import { html } from '../../view.js';
import { size } from '../../bytes.js';
import { t } from '../../i18n.js';
import { Icon } from '../basics.js';
import { Name } from './name.js';

const ICONS = { image: 'image', video: 'film', audio: 'music', voice: 'mic' };
const PACKED = /\.(zip|tar|t?gz|bz2|xz|7z|rar|zst)$/i;

/** @param {any} file @param {string} kind @returns {string} the symbol for it */
export const iconOf = ({ name }, kind) => ICONS[kind] ?? (PACKED.test(name) ? 'archive' : 'file-text');

/** @param {{name: string}} file @param {string} kind @returns {string} such as PDF */
const typeOf = ({ name }, kind) => /[^.]\.([a-z0-9]{1,5})$/i.exec(name)?.[1].toUpperCase() ?? t(`file.kind.${kind}`);

/** @param {any} file @returns {string} where it is had as a file, whatever it is */
export const downloadOf = ({ url }) => `${url}?download=1`;

/** Has the browser keep a file. @param {any} file */
export function download(file) {
  const link = document.createElement('a');
  link.href = downloadOf(file);
  link.download = file.name;
  link.click();
}

/** One that is still on its way has no address to be had from. @param {{file: any, kind: string, stop: boolean}} props */
export const Card = ({ file, kind, stop }) => html`<div class="fcard">
  <span class="fi"><${Icon} name=${iconOf(file, kind)} /></span>
  <span class="ft"><b><${Name} name=${file.name} /></b><small><bdi>${typeOf(file, kind)}</bdi> · <bdi>${size(file.size)}</bdi></small></span>
  ${file.url?.startsWith('/') && html`<a class="ib" tabindex=${stop ? 0 : -1} href=${downloadOf(file)} download=${file.name} aria-label=${t('file.download.name', { name: file.name })} title=${t('file.download')}><${Icon} name="download" /></a>`}
</div>`;
