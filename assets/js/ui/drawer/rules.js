// What the admins of a room decide for it: who may post, pin and call everybody, how long words stay, and who can find it.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import { attempt } from '../../actions.js';
import { putRoom, roomOf, server } from '../../state.js';
import { t } from '../../i18n.js';

const limit = () => server.value.retention_days ?? 0;
/** Days that are offered: 0 is as long as the server keeps messages, and none is longer. */
const spans = (now) => [...new Set([0, 1, 7, 30, 90, 365, now ?? 0])].filter((days) => !limit() || days < limit() || days === now).sort((a, b) => a - b);

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
    <div class="line"><label for="rule-kept">${t('rules.kept')}</label>
      <select class="f-i" id="rule-kept" value=${asked.kept ?? room.retention_days ?? 0} onChange=${({ currentTarget: { value } }) => change('kept', value, { retention_days: Number(value) || null })}>
        ${spans(room.retention_days).map((days) => html`<option key=${days} value=${days}>${days ? t('rules.kept.days', { n: days }) : t(limit() ? 'rules.kept.server' : 'rules.kept.ever', { n: limit() })}</option>`)}</select></div>
    ${line('rule-private', t('rules.private'), room.kind === 'private', (on) => ({ kind: on ? 'private' : 'public' }))}
  </section>`;
}
