// Settings: what may disturb, when, and how much each room may say.
import { html, useState } from '../../view.js';
import { attempt } from '../../actions.js';
import { openMenu } from '../../layers.js';
import { FOR_EVER, quiet, setSetting, setting } from '../../mysettings.js';
import { isOn, permission, turnOn } from '../../notify.js';
import * as state from '../../state.js';
import { full } from '../../time.js';
import { t } from '../../i18n.js';
import { Icon, RoomSign } from '../basics.js';
import { setNotify } from '../notifylevel.js';

const HOUR = 3_600_000;
const LEVELS = ['all', 'mentions', 'none'];

function tomorrow() {
  const date = new Date();
  date.setDate(date.getDate() + 1);
  date.setHours(8, 0, 0, 0);
  return date.getTime();
}

const change = (what) => attempt(() => setSetting('notifications', what));

/** The section. */
export function Notifications() {
  const [refused, setRefused] = useState(false);
  const desktop = async (on) => {
    if (!on) return change({ desktop: false });
    setRefused(!(await attempt(turnOn)));
  };
  const until = quiet();
  const choose = (event) =>
    openMenu(event.currentTarget, t('notify.dnd'), [
      { label: t('notify.dnd.hour'), run: () => change({ dnd_until: Date.now() + HOUR }) },
      { label: t('notify.dnd.tomorrow'), run: () => change({ dnd_until: tomorrow() }) },
      { label: t('notify.dnd.ever'), run: () => change({ dnd_until: FOR_EVER }) },
    ]);
  const blocked = permission() === 'denied' || refused;
  const hint = permission() === 'missing' ? t('notify.desktop.missing') : blocked ? t('notify.desktop.blocked') : t('notify.desktop.text');
  const list = [...state.roomList.value, ...state.directList.value].filter((room) => !room.archived);
  return html`<div class="card">
      <div class="line"><label for="notify-desktop">${t('notify.desktop')}<small>${hint}</small></label>
        <input class="sw" id="notify-desktop" type="checkbox" role="switch" checked=${isOn()} disabled=${permission() === 'missing'} onChange=${(event) => desktop(event.currentTarget.checked)} /></div>
      <div class="line"><label for="notify-previews">${t('notify.previews')}<small>${t('notify.previews.text')}</small></label>
        <input class="sw" id="notify-previews" type="checkbox" role="switch" checked=${setting('notifications', 'previews') !== false} onChange=${(event) => change({ previews: event.currentTarget.checked })} /></div>
      <div class="line"><span>${t('notify.dnd')}<small>${until ? dndText(until) : t('notify.dnd.text')}</small></span>
        ${
          until
            ? html`<button class="btn btn-q btn-s" onClick=${() => change({ dnd_until: 0 })}>${t('notify.dnd.off')}</button>`
            : html`<button class="btn btn-q btn-s" aria-haspopup="menu" onClick=${choose}>${t('notify.dnd.on')}<${Icon} name="chevron-down" size="s" /></button>`
        }</div>
    </div>
    ${list.length > 0 && html`<h2 class="h">${t('notify.rooms')}</h2><div class="card">${list.map((room) => html`<${Level} key=${room.id} room=${room} />`)}</div>`}`;
}

/** @param {number} until @returns {string} how long it stays quiet */
export const dndText = (until) => (until === FOR_EVER ? t('notify.dnd.forever') : t('notify.dnd.until', { time: full(until) }));

function Level({ room }) {
  const id = `notify-${room.id}`;
  return html`<div class="line"><label for=${id} class="withsign"><${RoomSign} room=${room} size="av-24" />${state.titleOf(room)}</label>
    <select class="f-i sel" id=${id} value=${room.me?.notify ?? 'all'} onChange=${(event) => setNotify(room, event.currentTarget.value)}>
      ${LEVELS.map((level) => html`<option key=${level} value=${level}>${t(`notify.${level}`)}</option>`)}</select></div>`;
}
