// Settings: all that is kept of oneself, to take along; and erasing one's account.
import { html, useState } from '../../view.js';
import { api, ApiError } from '../../api.js';
import { openDialog } from '../../layers.js';
import { go } from '../../router.js';
import { signOut } from '../../session.js';
import { me } from '../../state.js';
import { t } from '../../i18n.js';
import { Dialog, DialogHead } from '../overlay.js';
import { ErrorLine, Icon, sentence } from '../basics.js';
import { Password } from '../fields.js';

/** Two lines at the end of a section. */
export function OwnData() {
  return html`<h2 class="h">${t('data.title')}</h2><div class="card">
    <div class="line"><span>${t('data.export')}<small>${t('data.export.text')}</small></span><button type="button" class="btn btn-q btn-s" aria-haspopup="dialog" onClick=${() => openDialog(TakeData, {})}><${Icon} name="download" size="s" />${t('data.export.verb')}</button></div>
    <div class="line"><span>${t('data.erase')}<small>${t('data.erase.text')}</small></span><button type="button" class="btn btn-d btn-s" aria-haspopup="dialog" onClick=${() => openDialog(EraseMe, {})}>${t('data.erase.verb')}</button></div>
  </div>`;
}

function TakeData({ close }) {
  return html`<${Asked} title=${t('data.export')} text=${t('data.export.ask')} verb=${t('data.export.verb')} close=${close} run=${async (password) => {
    const answer = await fetch('/api/v1/me/export', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ password }) });
    if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => ({})), Number(answer.headers.get('retry-after')) || 0);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `${me.value.username}.tar`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }} />`;
}

function EraseMe({ close }) {
  const [words, setWords] = useState(false);
  return html`<${Asked} title=${t('data.erase.title')} text=${t('data.erase.ask')} verb=${t('data.erase.verb')} danger=${true} close=${close} run=${async (password) => {
    await api('POST', '/me/erase', { password, with_messages: words });
    await signOut().catch(() => {});
    go('/login', { replace: true });
  }}>
    <label class="check"><input type="checkbox" checked=${words} onChange=${(event) => setWords(event.currentTarget.checked)} /><span>${t('data.erase.words')}<small>${t('data.erase.words.text')}</small></span></label>
  </${Asked}>`;
}

/** Asks for the password, then does it. */
function Asked({ title, text, verb, danger, run, close, children }) {
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const wrong = problem?.code === 'wrong_password';
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await run(password);
      close();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return html`<${Dialog} label=${title} close=${close} middle=${true} kind="form sm"><${DialogHead} title=${title} text=${text} close=${close} /><form onSubmit=${send}>
    <${ErrorLine} error=${problem && !wrong ? sentence(problem) : ''} />
    <input class="sr" type="text" name="username" autocomplete="username" value=${me.value?.username} readonly tabindex="-1" aria-hidden="true" />
    ${children}
    <${Password} id="data-password" label=${t('password.current')} value=${password} change=${setPassword} error=${wrong && sentence(problem)} />
    <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button><button class=${`btn ${danger ? 'btn-danger' : 'btn-p'}`} disabled=${busy || !password}>${verb}</button></div>
  </form></${Dialog}>`;
}
