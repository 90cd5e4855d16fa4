// How much a room may say: all, mentions, nothing; as a menu and as a change.
import { api } from '../api.js';
import { attempt } from '../actions.js';
import { openMenu } from '../layers.js';
import { putRoom, roomOf } from '../state.js';
import { t } from '../i18n.js';

export const NOTIFY_ICON = { all: 'bell', mentions: 'at-sign', none: 'bell-off' };

/** @param {any} room @param {'all'|'mentions'|'none'} level */
export async function setNotify(room, level) {
  const changed = await attempt(() => api('PATCH', `/rooms/${room.id}/me`, { notify: level }));
  if (changed?.me && roomOf(room.id)) putRoom(changed);
}

/** @param {Element} anchor @param {any} room */
export const openNotifyMenu = (anchor, room) =>
  openMenu(
    anchor,
    t('notify.label'),
    Object.keys(NOTIFY_ICON).map((level) => ({
      label: t(`notify.${level}`),
      icon: NOTIFY_ICON[level],
      hint: (room.me?.notify ?? 'all') === level ? '✓' : undefined,
      run: () => setNotify(room, level),
    })),
  );
