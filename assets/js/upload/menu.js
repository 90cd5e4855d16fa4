// The ways to attach something: a file, a picture, the camera, one's voice.
import { openMenu, openSheet } from '../layers.js';
import { touch } from '../look.js';
import { t } from '../i18n.js';
import { add } from './items.js';
import { setTray } from './tray.js';

/** @param {Element} anchor @param {number} room @param {number|null} thread */
export function openAttach(anchor, room, thread) {
  const choose = (how) => () => pick(how, (files) => add(room, thread, files));
  (touch.value ? openSheet : openMenu)(anchor, t('attach.open'), [
    { label: t('attach.file'), icon: 'paperclip', run: choose({ multiple: '' }) },
    { label: t('attach.media'), icon: 'image', run: choose({ multiple: '', accept: 'image/*,video/*' }) },
    touch.value && { label: t('attach.camera'), icon: 'camera', run: choose({ accept: 'image/*', capture: 'environment' }) },
    'MediaRecorder' in window && { label: t('attach.voice'), icon: 'mic', run: () => setTray(room, thread, { recording: true }) },
  ]);
}

/** Asks for files in the browser's own way. @param {object} how attributes of the field @param {(files: File[]) => void} chosen */
function pick(how, chosen) {
  const field = Object.assign(document.createElement('input'), { type: 'file', className: 'sr', tabIndex: -1 });
  for (const [name, value] of Object.entries({ 'aria-hidden': 'true', ...how })) field.setAttribute(name, value);
  field.onchange = () => {
    chosen([...field.files]);
    field.remove();
  };
  field.oncancel = () => field.remove();
  // Some browsers ask nothing from a field that is nowhere.
  document.body.append(field);
  field.click();
}
