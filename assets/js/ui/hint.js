// A line above the composer that shows how words are formatted, until somebody has seen enough of it.
import { html, lazy } from '../view.js';
import { openDialog } from '../layers.js';
import { setSetting, setting } from '../mysettings.js';
import { t } from '../i18n.js';
import { attempt } from '../actions.js';
import { Icon } from './basics.js';

const Formatting = lazy(() => import('./formatting.js').then((module) => module.Formatting), 'panels');

/** Shows all of it. */
export const openFormatting = () => openDialog(Formatting);

/** Drawn while something is written. */
export function Hint() {
  if (setting('composer', 'hints') === false) return null;
  return html`<div class="hint">
    <span class="signs" aria-hidden="true"><b>**${t('format.bold')}**</b> <i>_${t('format.italic')}_</i> <code>\`${t('format.code')}\`</code></span>
    <button type="button" onMouseDown=${keepFocus} onClick=${openFormatting}>${t('hint.more')}</button>
    <button type="button" class="ib" aria-label=${t('hint.hide')} title=${t('hint.hide')} onMouseDown=${keepFocus} onClick=${() => attempt(() => setSetting('composer', { hints: false }))}><${Icon} name="x" size="xs" /></button>
  </div>`;
}

/** Whoever writes goes on writing. */
const keepFocus = (event) => event.preventDefault();
