// The tools at the corner of a message: the emoji used most, one to choose, reply, pin or edit, and all the rest.
import { html } from '../view.js';
import { t } from '../i18n.js';
import { openMenu, openSheet } from '../layers.js';
import { hasReacted, toggleReaction } from '../marks.js';
import { mostUsed } from '../emoji.js';
import { Icon } from './basics.js';
import { actionNamed, iconOf, itemsFor, startReaction } from './messageactions.js';

/** @param {{message: any, own: boolean, context: any}} props */
export function Tools({ message, own, context }) {
  const more = ({ currentTarget }) => openMenu(currentTarget, t('message.actions'), allItems(message, context, currentTarget));
  const [usual] = mostUsed(1);
  return html`<div class="tools" role="toolbar" aria-label=${t('message.actions')}>
    ${
      !context.room.archived &&
      html`<button type="button" class="ib" aria-label=${t('message.react.with', { emoji: usual })} aria-pressed=${hasReacted(message, usual) ? 'true' : 'false'} onClick=${() => toggleReaction(message, usual)}><span class="e">${usual}</span></button>
      <button type="button" class="ib" aria-label=${t('message.react')} title=${t('message.react')} onClick=${(event) => startReaction(message, context, event.currentTarget)}><${Icon} name="smile-plus" /></button>`
    }
    ${['reply', own ? 'edit' : 'pin'].map((name) => html`<${Tool} key=${name} action=${actionNamed(name)} message=${message} context=${context} />`)}
    <button type="button" class="ib" aria-haspopup="menu" aria-label=${t('message.more')} title=${t('message.more')} onClick=${more}><${Icon} name="ellipsis" /></button>
  </div>`;
}

function Tool({ action, message, context }) {
  if (!action.when(message, context)) return null;
  const label = action.label(message, context);
  return html`<button type="button" class="ib" aria-label=${label} title=${label} onClick=${(event) => action.run(message, context, event.currentTarget)}><${Icon} name=${iconOf(action, message)} /></button>`;
}

/** The same for a finger that rests. @param {Element} target @param {any} message @param {any} context */
export const openTools = (target, message, context) => openSheet(target, t('message.actions'), allItems(message, context, target));

/** Above the actions stand the emoji used most. */
function allItems(message, context, anchor) {
  const items = itemsFor(message, context, anchor);
  if (context.room.archived) return items;
  const quick = mostUsed().map((emoji) => ({
    glyph: emoji,
    label: t('message.react.with', { emoji }),
    pressed: hasReacted(message, emoji),
    run: () => toggleReaction(message, emoji),
  }));
  return [{ row: quick }, ...items];
}
