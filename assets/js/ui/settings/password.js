// Settings: another password, for who knows the present one.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import { toast } from '../../layers.js';
import { t } from '../../i18n.js';
import { me } from '../../state.js';
import { ErrorLine, sentence } from '../basics.js';
import { Password } from '../fields.js';

/** The form. Every other device is signed out by it. */
export function ChangePassword() {
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const at = problem?.field === 'current' || problem?.code === 'wrong_password' ? 'current' : ['new', 'password'].includes(problem?.field) ? 'new' : null;
  const save = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await api('POST', '/me/password', { current, new: fresh });
      setCurrent('');
      setFresh('');
      toast(t('password.saved'));
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  return html`<form class="narrow" onSubmit=${save}>
    <${ErrorLine} error=${problem && !at ? sentence(problem) : ''} />
    <input class="sr" type="text" name="username" autocomplete="username" value=${me.value.username} readonly tabindex="-1" aria-hidden="true" />
    <${Password} id="password-current" label=${t('password.current')} value=${current} change=${setCurrent} error=${at === 'current' && sentence(problem)} />
    <${Password} id="password-new" label=${t('password.new')} value=${fresh} change=${setFresh} error=${at === 'new' && sentence(problem)} fresh=${true} />
    <div class="acts"><button class="btn btn-p" disabled=${busy || !current || !fresh}>${t('password.verb')}</button></div>
  </form>`;
}
