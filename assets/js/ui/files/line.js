// One file in a list: a small picture or its symbol, its name, what else is known of it, and buttons.
import { html, useState } from '../../view.js';
import { kindOf } from '../../kinds.js';
import { Icon } from '../basics.js';
import { iconOf } from './card.js';
import { Name } from './name.js';

/** @param {{file: any, about: any, does: string, open: () => void, children: any}} props `about` stands under the name, `does` says what a press does */
export const Line = ({ file, about, does, open, children }) => html`<div class="fline" data-file=${file.id}>
  <button type="button" class="fmain" title=${does} onClick=${open}><span class="fi"><${Small} file=${file} /></span>
    <span class="ft"><b><${Name} name=${file.name} /></b><small>${about}</small></span><span class="sr">${does}</span></button>
  ${children}
</div>`;

/** A picture as small as a symbol, or the symbol. @param {{file: any}} props */
export function Small({ file }) {
  const [broken, setBroken] = useState(false);
  const kind = kindOf(file);
  const picture = file.thumb ?? (kind === 'image' ? file.url : null);
  if (!picture || broken) return html`<${Icon} name=${iconOf(file, kind)} />`;
  return html`<img src=${picture} alt="" loading="lazy" decoding="async" draggable=${false} onError=${() => setBroken(true)} />`;
}
