// The name of a passkey: a first guess, and another one.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import { t } from '../../i18n.js';
import { Dialog, DialogHead } from '../overlay.js';
import { ErrorLine, sentence } from '../basics.js';
import { Field } from '../fields.js';

/** @returns {string} what people would call this device */
export function deviceName() {
  const agent = navigator.userAgent;
  const known = [
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Android', 'Android'],
    ['Windows', 'Windows'],
    ['Mac OS', 'Mac'],
    ['CrOS', 'Chromebook'],
    ['Linux', 'Linux'],
  ];
  return known.find(([mark]) => agent.includes(mark))?.[1] ?? t('passkey.name');
}

/** @param {{passkey: any, changed: () => void, close: () => void}} props */
export function RenamePasskey({ passkey, changed, close }) {
  const [name, setName] = useState(passkey.name);
  const [problem, setProblem] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    try {
      await api('PATCH', `/me/passkeys/${passkey.id}`, { name: name.trim() });
      changed();
      close();
    } catch (error) {
      setProblem(error);
    }
  };
  return html`<${Dialog} label=${t('passkey.rename')} close=${close} middle=${true} kind="form sm">
    <${DialogHead} title=${t('passkey.rename')} close=${close} />
    <form onSubmit=${submit}>
      <${ErrorLine} error=${problem ? sentence(problem) : ''} />
      <${Field} id="passkey-name" label=${t('form.name')} value=${name} change=${setName} maxlength="64" required focus=${true} autocomplete="off" />
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button><button class="btn btn-p" disabled=${!name.trim()}>${t('action.save')}</button></div>
    </form>
  </${Dialog}>`;
}
