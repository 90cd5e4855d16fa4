// The emoji under a message: how many gave each, one's own pressed; a click gives or takes back, pointing tells who.
import { html, useRef, useState } from '../view.js';
import * as state from '../state.js';
import { t } from '../i18n.js';
import { names } from '../time.js';
import { actions } from '../actions.js';
import { toggleReaction } from '../marks.js';
import { Icon } from './basics.js';
import { startReaction } from './messageactions.js';

const NAMED = 12;
const REST = 450;

/** @param {{message: any, context: any, stop: boolean}} props `stop`: the message is the one that Tab leads into */
export function Reactions({ message, context, stop }) {
  if (message.deleted || !message.reactions?.length) return null;
  const closed = context.room.archived;
  return html`<div class="rx" role="group" aria-label=${t('reactions.label')}>
    ${message.reactions.map((reaction) => html`<${Pill} key=${reaction.emoji} reaction=${reaction} message=${message} closed=${closed} stop=${stop} />`)}
    ${!closed && html`<button type="button" class="add" tabindex=${stop ? 0 : -1} aria-label=${t('message.react')} onClick=${(event) => startReaction(message, context, event.currentTarget)}><${Icon} name="smile-plus" size="s" /></button>`}
  </div>`;
}

function Pill({ reaction, message, closed, stop }) {
  const [told, tell] = useState(false);
  const resting = useRef(0);
  const rested = useRef(false);
  const { emoji, users, count } = reaction;
  const own = users.includes(state.me.value.id);
  const press = () => {
    // The finger rested: it asked who, and did not press.
    if (rested.current) return (rested.current = false);
    if (!closed) toggleReaction(message, emoji);
  };
  const rest = () => {
    clearTimeout(resting.current);
    rested.current = false;
    resting.current = setTimeout(() => {
      rested.current = true;
      actions.reactions(message);
    }, REST);
  };
  const lift = () => clearTimeout(resting.current);
  return html`<button type="button" tabindex=${stop ? 0 : -1} aria-pressed=${own ? 'true' : 'false'} aria-disabled=${closed ? 'true' : null} aria-label=${t('reactions.pill', { emoji, n: count })}
    onClick=${press} onPointerEnter=${(event) => event.pointerType === 'mouse' && tell(true)} onPointerLeave=${() => tell(false)}
    onFocus=${(event) => tell(event.currentTarget.matches(':focus-visible'))} onBlur=${() => tell(false)}
    onTouchStart=${rest} onTouchMove=${lift} onTouchEnd=${lift} onTouchCancel=${lift} onContextMenu=${(event) => rested.current && event.preventDefault()}>
    <span class="e" aria-hidden="true">${emoji}</span>${count}
    ${told && html`<span class="tip" role="tooltip">${whoGave(users)}</span>`}
  </button>`;
}

/** @param {number[]} users @returns {string} oneself first, then others, not more than can be read at a glance */
function whoGave(users) {
  const mine = state.me.value.id;
  const sorted = users.includes(mine) ? [mine, ...users.filter((id) => id !== mine)] : users;
  const shown = sorted.slice(0, sorted.length > NAMED ? NAMED - 1 : NAMED).map((id) => (id === mine ? t('user.you') : state.userOf(id).name));
  const rest = users.length - shown.length;
  return names(rest ? [...shown, t('reactions.others', { n: rest })] : shown);
}
