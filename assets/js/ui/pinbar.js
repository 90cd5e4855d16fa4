// The bar under the head of a room: one of the pinned messages, the newest first; a click goes to it and shows the next.
import { html, useEffect, useState } from '../view.js';
import * as state from '../state.js';
import { loadPins, pins } from '../pins.js';
import { gist } from '../kinds.js';
import { t } from '../i18n.js';
import { actions } from '../actions.js';
import { jump } from '../jump.js';
import { Icon } from './basics.js';

/** @param {{room: any, ready: boolean}} props `ready`: the messages are here, so that the pins do not hold them up */
export function PinBar({ room, ready }) {
  const list = pins.value.get(room.id);
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (ready && !list) loadPins(room.id);
  }, [ready, list]);
  if (!list?.length) return null;
  const index = at % list.length;
  const message = list[index];
  const step = () => {
    jump(room.id, message.id);
    setAt(index + 1);
  };
  const place = t('pins.place', { at: index + 1, of: list.length });
  return html`<div class="pinbar" role="group" aria-label=${t('pins.label')}>
    <button type="button" class="pt" onClick=${step}>
      <${Icon} name="pin" size="s" />
      <span class="w"><b>${state.userOf(message.user).name.split(' ')[0]}</b> ${gist(message)}</span>
      <span class="n">${place}</span>
    </button>
    <button type="button" class="ib" aria-label=${t('pins.all')} title=${t('pins.all')} aria-haspopup="dialog" onClick=${() => actions.pins(room)}><${Icon} name="chevron-down" size="s" /></button>
  </div>`;
}
