// The password once more, before something changes how one signs in.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import { openDialog } from '../../layers.js';
import { me } from '../../state.js';
import { t } from '../../i18n.js';
import { Dialog, DialogHead } from '../overlay.js';
import { ErrorLine, sentence } from '../basics.js';
import { Password } from '../fields.js';

/**
 * Does something, and asks for the password first where the server wants it.
 * @template T @param {() => Promise<T>} run @returns {Promise<T|undefined>} undefined: the person thought better of it
 */
export async function confirmed(run) {
  try {
    return await run();
  } catch (problem) {
    if (problem.code !== 'password_needed') throw problem;
    return (await asked()) ? run() : undefined;
  }
}

const asked = () => new Promise((done) => openDialog(AskPassword, { done }));

function AskPassword({ done, close }) {
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const end = (shown) => (close(), done(shown));
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await api('POST', '/me/confirm', { password });
      end(true);
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  const wrong = problem?.code === 'wrong_password';
  return html`<${Dialog} label=${t('confirm.title')} close=${() => end(false)} middle=${true} kind="form sm">
    <${DialogHead} title=${t('confirm.title')} text=${t('confirm.text')} close=${() => end(false)} />
    <form onSubmit=${submit}>
      <${ErrorLine} error=${problem && !wrong ? sentence(problem) : ''} />
      <input class="sr" type="text" name="username" autocomplete="username" value=${me.value?.username ?? ''} readonly tabindex="-1" aria-hidden="true" />
      <${Password} id="confirm-password" label=${t('form.password')} value=${password} change=${setPassword} error=${wrong && sentence(problem)} focus=${true} />
      <div class="acts"><button type="button" class="btn btn-q" onClick=${() => end(false)}>${t('action.cancel')}</button>
        <button class="btn btn-p" disabled=${busy || !password}>${t('action.continue')}</button></div>
    </form>
  </${Dialog}>`;
}
