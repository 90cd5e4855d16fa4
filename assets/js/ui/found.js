// A message shown outside its conversation: who, when, where, its words, and a way to it.
import { html } from '../view.js';
import { jump } from '../jump.js';
import * as state from '../state.js';
import { full, short } from '../time.js';
import { t } from '../i18n.js';
import { Text } from '../text.js';
import { Avatar, Icon } from './basics.js';
import { Files } from './files.js';

/**
 * @param {{message: any, where?: boolean, open?: () => void, children?: any}} props `where`: names the room too; `open` instead of going there; children are further buttons
 */
export function Found({ message, where, open, children }) {
  const user = state.userOf(message.user);
  const room = state.roomOf(message.room);
  const people = new Map();
  for (const id of message.mentions) {
    const one = state.userOf(id);
    if (one.username) people.set(one.username.toLowerCase(), one);
  }
  const about = { people, me: state.me.value.id, room: Boolean(message.mention_room) };
  return html`<article class="found" data-id=${message.id} aria-label=${`${user.name}, ${full(message.at)}`}>
    <${Avatar} user=${user} />
    <div class="col">
      <p class="who"><b>${user.name}</b>${where && room && html` <a href=${`/r/${room.id}`}>${state.titleOf(room)}</a>`} <time dateTime=${new Date(message.at).toISOString()} title=${full(message.at)}>${short(message.at)}</time></p>
      ${message.files?.length > 0 && html`<${Files} message=${message} />`}
      <div class="b bare">${message.deleted ? html`<p class="gone">${t('message.deleted')}</p>` : html`<${Text} text=${message.text} context=${about} />`}</div>
      <div class="fa"><button type="button" class="btn btn-q btn-s" onClick=${open ?? (() => jump(message.room, message.id))}><${Icon} name="corner-down-left" size="s" />${t('found.jump')}</button>${children}</div>
    </div>
  </article>`;
}
