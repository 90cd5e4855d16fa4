// What was said under a message, in one line below it: faces, how many, and when last.
import { html } from '../view.js';
import * as state from '../state.js';
import { openThread, threads } from '../threads.js';
import { details } from '../actions.js';
import { short } from '../time.js';
import { t } from '../i18n.js';
import { Avatar, Icon } from './basics.js';

/** Opens a thread beside the conversation. @param {{room: number, id: number}} message its root */
export function showThread({ room, id }) {
  details.value = false;
  openThread.value = { room, root: id };
}

/** @param {{message: any}} props */
export function ThreadLine({ message }) {
  if (!message.thread_count) return null;
  const unread = threads.value.get(message.id)?.unread ?? 0;
  const count = t('thread.count', { n: message.thread_count });
  return html`<button type="button" class=${`thr ${unread ? 'unread' : ''}`} aria-expanded=${openThread.value?.root === message.id ? 'true' : 'false'} onClick=${() => showThread(message)}>
    <span class="stack" aria-hidden="true">${message.thread_users.slice(0, 3).map((id) => html`<${Avatar} key=${id} user=${state.userOf(id)} size="av-24" one=${true} />`)}</span>
    <b>${count}</b>${unread > 0 && html`<span class="dot"></span><span class="sr">${t('side.unread.count', { n: unread })}</span>`}
    <span class="tm">${short(message.thread_at)}</span><${Icon} name="chevron-right" size="xs" />
  </button>`;
}
