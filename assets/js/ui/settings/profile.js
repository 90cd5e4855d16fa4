// Settings: what others see of one: picture, name, words, status, time zone.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import * as state from '../../state.js';
import { toast } from '../../layers.js';
import { ownZone, timeIn, zones } from '../../zone.js';
import { t } from '../../i18n.js';
import { ErrorLine, Icon, sentence } from '../basics.js';
import { Picture } from './picture.js';
import { statusBody, StatusFields, statusForm } from '../status.js';

const ABOUT = 300;

/** The form. */
export function Profile() {
  const me = state.me.value;
  const [name, setName] = useState(me.name);
  const [about, setAbout] = useState(me.about ?? '');
  const [zone, setZone] = useState(me.time_zone ?? '');
  const [status, setStatus] = useState(() => statusForm(me));
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const save = async (event) => {
    event.preventDefault();
    setError('');
    setBusy(true);
    try {
      const answer = await api('PATCH', '/me', { name: name.trim(), about: about.trim() || null, time_zone: zone || null, status: statusBody(status) });
      state.addUsers([answer]);
      setStatus(statusForm(answer));
      toast(t('profile.saved'));
    } catch (problem) {
      setError(sentence(problem));
    }
    setBusy(false);
  };
  const time = timeIn(zone);
  return html`<form onSubmit=${save} class="narrow">
    <${ErrorLine} error=${error} />
    <${Picture} name=${name} />
    <div class="f-g"><label class="f-l" for="profile-name">${t('form.name')}</label>
      <input class="f-i" id="profile-name" value=${name} required maxlength="64" autocomplete="name" onInput=${(event) => setName(event.currentTarget.value)} />
      <p class="f-h"><bdi>@${me.username}</bdi></p></div>
    <div class="f-g"><label class="f-l" for="profile-about">${t('profile.about')} <span class="mut">${t('form.optional')}</span></label>
      <textarea class="f-i" id="profile-about" rows="3" maxlength=${ABOUT} value=${about} onInput=${(event) => setAbout(event.currentTarget.value)}></textarea></div>
    <${StatusFields} status=${status} change=${setStatus} />
    <div class="f-g"><label class="f-l" for="profile-zone">${t('profile.zone')} <span class="mut">${t('form.optional')}</span></label>
      <div class="pair end"><select class="f-i" id="profile-zone" value=${zone} onChange=${(event) => setZone(event.currentTarget.value)}>
        <option value="">${t('profile.zone.none')}</option>
        ${[...new Set([ownZone(), ...(zone ? [zone] : []), ...zones()])].sort().map((one) => html`<option key=${one} value=${one}>${one.replaceAll('_', ' ')}</option>`)}</select>
        ${zone !== ownZone() && html`<button type="button" class="btn btn-q" onClick=${() => setZone(ownZone())}><${Icon} name="monitor" size="s" />${t('profile.zone.own')}</button>`}</div>
      <p class="f-h">${time ? t('profile.zone.now', { time: time.clock }) : t('profile.zone.text')}</p></div>
    <div class="acts"><button class="btn btn-p" disabled=${busy || !name.trim()}>${t('action.save')}</button></div>
  </form>`;
}
