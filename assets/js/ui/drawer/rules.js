// What the admins of a room decide for it: who may post, pin and call everybody, and who can find it.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import { attempt } from '../../actions.js';
import { putRoom, roomOf } from '../../state.js';
import { t } from '../../i18n.js';

/** @param {{room: any}} props */
export function Rules({ room }) {
  // A switch stands as it was set until the server has answered; a refusal puts it back to what holds.
  const [asked, setAsked] = useState({});
  const change = async (id, on, what) => {
    setAsked({ ...asked, [id]: on });
    const changed = await attempt(() => api('PATCH', `/rooms/${room.id}`, what));
    if (changed && roomOf(room.id)) putRoom(changed);
    setAsked(({ [id]: _, ...others }) => others);
  };
  const line = (id, label, on, what) => html`<div class="line"><label for=${id}>${label}</label>
    <input class="sw" id=${id} type="checkbox" role="switch" checked=${asked[id] ?? on} onChange=${({ currentTarget: { checked } }) => change(id, checked, what(checked))} /></div>`;
  const rule = (name) =>
    line(`rule-${name}`, t(`rules.${name}`), room.rules?.[name] === 'admins', (on) => ({ rules: { [name]: on ? 'admins' : 'everyone' } }));
  return html`<section class="blk"><h4>${t('rules.title')}</h4>
    ${rule('post')}${rule('pin')}${rule('call')}
    ${line('rule-private', t('rules.private'), room.kind === 'private', (on) => ({ kind: on ? 'private' : 'public' }))}
  </section>`;
}
