// Deleting one file: asked before, because nobody can bring it back.
import { api } from '../../api.js';
import * as state from '../../state.js';
import { actions } from '../../actions.js';
import { t } from '../../i18n.js';

/** @param {number} user who sent it @param {any} room @returns {boolean} whether one may delete what they sent there */
export const mayRemove = (user, room) => !room.archived && (user === state.myId.value || (room.kind !== 'direct' && room.me?.role === 'admin'));

/** @param {any} file @param {number} user who sent it @param {() => void} [done] */
export function askRemove(file, user, done) {
  const own = user === state.myId.value;
  actions.confirm({
    title: t('file.delete.title', { name: file.name }),
    text: own ? t('file.delete.text') : t('file.delete.other', { name: state.userOf(user).name }),
    verb: t('file.delete'),
    danger: true,
    run: async () => {
      await api('DELETE', `/files/${file.id}`);
      done?.();
    },
  });
}
