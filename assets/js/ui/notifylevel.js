// One's own side of a room: how much it may say, and whether it stays on top of the list.
import { api } from '../api.js';
import { attempt } from '../actions.js';
import { openMenu } from '../layers.js';
import { putRoom, roomOf } from '../state.js';
import { t } from '../i18n.js';

export const NOTIFY_ICON = { all: 'bell', mentions: 'at-sign', none: 'bell-off' };

async function change(room, what) {
  const changed = await attempt(() => api('PATCH', `/rooms/${room.id}/me`, what));
  if (changed?.me && roomOf(room.id)) putRoom(changed);
}

/** @param {any} room @param {'all'|'mentions'|'none'} level */
export const setNotify = (room, level) => change(room, { notify: level });

/** @param {any} room @param {boolean} starred */
export const setStarred = (room, starred) => change(room, { starred });

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
