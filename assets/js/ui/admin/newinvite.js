// Administration: an invitation with its uses, its end, its rank and its rooms; then its link and picture.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import { me, roomList, titleOf } from '../../state.js';
import { t } from '../../i18n.js';
import { Dialog, DialogHead } from '../overlay.js';
import { ErrorLine, sentence } from '../basics.js';
import { InviteCard } from '../invite.js';

const DAY = 86_400_000;
const LIVES = { day: DAY, week: 7 * DAY, month: 30 * DAY };

/** @param {{made: () => void, close: () => void}} props `made`: the list behind is old */
export function NewInvite({ made, close }) {
  const [invite, setInvite] = useState(null);
  const [asked, setAsked] = useState({ uses: '1', life: 'week', role: 'member', rooms: [] });
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const set = (change) => setAsked((before) => ({ ...before, ...change }));
  const rooms = roomList.value.filter((room) => !room.archived);
  const make = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      setInvite(await api('POST', '/invites', { role: asked.role, rooms: asked.rooms, uses: asked.uses === '' ? null : Number(asked.uses), expires_at: Date.now() + LIVES[asked.life] }));
      made();
    } catch (problem) {
      setError(problem.code === 'invalid' ? problem.detail : sentence(problem));
    }
    setBusy(false);
  };
  const title = t('admin.invites.make');
  if (invite)
    return html`<${Dialog} label=${title} close=${close} middle=${true} kind="form sm">
      <${DialogHead} title=${title} text=${t('admin.invites.once')} close=${close} /><${InviteCard} invite=${invite} />
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.done')}</button></div></${Dialog}>`;
  return html`<${Dialog} label=${title} close=${close} middle=${true} kind="form sm">
    <${DialogHead} title=${title} text=${t('admin.invites.make.text')} close=${close} />
    <form onSubmit=${make}>
      <${ErrorLine} error=${error} />
      <div class="halves"><div class="f-g"><label class="f-l" for="invite-uses">${t('admin.invites.uses')}</label>
          <select class="f-i" id="invite-uses" autofocus value=${asked.uses} onChange=${(event) => set({ uses: event.currentTarget.value })}>${['1', '5', '25', '100', ''].map((uses) => html`<option key=${uses} value=${uses}>${uses ? t('admin.invites.uses.n', { n: Number(uses) }) : t('admin.invites.uses.any')}</option>`)}</select></div>
        <div class="f-g"><label class="f-l" for="invite-life">${t('admin.invites.life')}</label>
          <select class="f-i" id="invite-life" value=${asked.life} onChange=${(event) => set({ life: event.currentTarget.value })}>${Object.keys(LIVES).map((life) => html`<option key=${life} value=${life}>${t(`admin.ban.life.${life}`)}</option>`)}</select></div></div>
      ${
        me.value?.role === 'owner' &&
        html`<div class="f-g"><label class="f-l" for="invite-role">${t('admin.role')}</label>
          <select class="f-i" id="invite-role" value=${asked.role} onChange=${(event) => set({ role: event.currentTarget.value })}>${['member', 'admin'].map((role) => html`<option key=${role} value=${role}>${t(`role.${role}`)}</option>`)}</select></div>`
      }
      ${
        rooms.length > 0 &&
        html`<fieldset class="f-g"><legend class="f-l">${t('admin.invites.into')} <span class="mut">${t('form.optional')}</span></legend>
        <ul class="ticks">${rooms.map(
          (room) => html`<li key=${room.id}><label class="tick"><input type="checkbox" checked=${asked.rooms.includes(room.id)} onChange=${(event) => set({ rooms: event.currentTarget.checked ? [...asked.rooms, room.id] : asked.rooms.filter((id) => id !== room.id) })} /><span class="utext">${titleOf(room)}</span></label></li>`,
        )}</ul></fieldset>`
      }
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button>
        <button class="btn btn-p" disabled=${busy}>${t('admin.invites.verb')}</button></div>
    </form></${Dialog}>`;
}
