// Settings: one's own API keys.
import { html } from '../../view.js';
import { rich, t } from '../../i18n.js';
import { me, rooms } from '../../state.js';
import { KeyList } from '../keylist.js';

/** The section. What a key may be for is what oneself may. */
export function Keys() {
  const admin = ['owner', 'admin'].includes(me.value?.role);
  const own = [...rooms.value.values()].filter((room) => room.me && room.kind !== 'direct');
  return html`<${KeyList} path="/me/keys" scopes=${admin ? ['read', 'write', 'admin', 'metrics'] : ['read', 'write']} rooms=${own} />
    <p class="keysdoc">${rich('keys.doc', { link: html`<a href="/api" target="_blank">/api</a>` })}</p>`;
}
