// One file in a message that is no picture: something to play, or a card that leads to a download.
import { html, useState } from '../../view.js';
import { t } from '../../i18n.js';
import { Card } from './card.js';
import { Voice } from './voice.js';

/** @param {{file: any, kind: string, stop: boolean}} props `stop`: the tab key comes here */
export function File({ file, kind, stop }) {
  const [broken, setBroken] = useState(false);
  const fail = () => setBroken(true);
  if (broken || kind === 'other' || kind === 'image') return html`<${Card} file=${file} kind=${kind} stop=${stop} />`;
  if (kind === 'voice') return html`<${Voice} file=${file} fail=${fail} stop=${stop} />`;
  const label = t(`file.said.${kind}`, { name: file.name });
  if (kind === 'video')
    return html`<video src=${file.url} poster=${file.thumb} controls preload="none" playsinline aria-label=${label} onError=${fail}></video>`;
  return html`<${Card} file=${file} kind=${kind} stop=${stop} /><audio src=${file.url} controls preload="none" aria-label=${label} onError=${fail}></audio>`;
}
