// The first run: the name of the place, the owner's account, and a link for the others.
import { html, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import { pageTitle } from '../reading.js';
import { t } from '../i18n.js';
import { Avatar, ErrorLine, Icon, sentence, takeFocus } from './basics.js';
import { Card } from './door/card.js';
import { fieldOf, suggestUsername } from './entry.js';
import { Field, Password } from './fields.js';
import { InviteCard, makeInvite } from './invite.js';

const STEPS = ['name', 'you', 'invite'];

/** @param {{enter: () => Promise<void>}} props */
export function Setup({ enter }) {
  const [step, setStep] = useState(0);
  const [place, setPlace] = useState('');
  const [code, setCode] = useState(() => location.hash.slice(1));
  const [asked, setAsked] = useState(!code);
  useEffect(() => {
    pageTitle.value = t('setup.page');
    // Following the link in a tab that is here already changes only what is behind the #.
    const follow = () => {
      if (!location.hash) return;
      setCode(location.hash.slice(1));
      setAsked(false);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const steps = html`<ol class="steps" aria-label=${t('setup.steps')}>${STEPS.map(
    (name, index) => html`<li key=${name} class=${index < step ? 'done' : ''} aria-current=${index === step ? 'step' : null}>
    <span class="n">${index < step ? html`<${Icon} name="check" size="xs" />` : index + 1}</span>${t(`setup.step.${name}`)}</li>`,
  )}</ol>`;
  if (step === 0) return html`<${Place} ...${{ steps, place, setPlace, code, setCode, asked }} next=${() => setStep(1)} />`;
  if (step === 1) return html`<${You} ...${{ steps, place, code, setCode }} back=${() => setStep(0)} next=${() => setStep(2)} />`;
  return html`<${Invited} steps=${steps} enter=${enter} />`;
}

function Place({ steps, place, setPlace, code, setCode, asked, next }) {
  const submit = (event) => {
    event.preventDefault();
    if (place.trim() && code.trim()) next();
  };
  return html`<${Card} plain=${true} steps=${steps} title=${t('setup.name.title')} text=${t('setup.name.text')}>
    <form onSubmit=${submit}>
      <${Field} id="place" label=${t('setup.name.label')} value=${place} change=${setPlace} placeholder=${t('setup.name.hint')} maxlength="60" required focus=${true} autocomplete="organization" />
      ${asked && html`<${Field} id="code" label=${t('setup.code')} value=${code} change=${(value) => setCode(value.trim().split('#').at(-1))} hint=${t('setup.code.hint')} required autocomplete="off" spellcheck="false" />`}
      <button class="btn btn-p btn-w">${t('action.continue')}</button>
    </form>
  </${Card}>`;
}

function You({ steps, place, code, setCode, back, next }) {
  const [name, setName] = useState('');
  const [username, setUsername] = useState('');
  const [touched, setTouched] = useState(false);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const changeName = (value) => {
    setName(value);
    if (!touched) setUsername(suggestUsername(value));
  };
  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await api('POST', '/setup', { code: code.trim(), username: username.trim(), password, server_name: place.trim(), name: name.trim() });
      history.replaceState(null, '', '/setup');
      next();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  const at = fieldOf(problem);
  const wrongCode = problem && !at && (problem.field === 'code' || [401, 403, 404].includes(problem.status));
  return html`<${Card} plain=${true} steps=${steps} title=${t('setup.you.title')} text=${t('setup.you.text')}>
    <form onSubmit=${submit}>
      <${ErrorLine} error=${problem && !at && !wrongCode ? sentence(problem) : ''} />
      ${wrongCode && html`<${Field} id="code" label=${t('setup.code')} value=${code} change=${(value) => setCode(value.trim().split('#').at(-1))} error=${sentence(problem)} hint=${t('setup.code.hint')} required />`}
      <div class="rowf"><${Avatar} user=${{ id: 1, name: name || '?' }} size="av-72" />
        <div><label class="f-l" for="name">${t('form.yourname')}</label>
        <input class="f-i" id="name" value=${name} autocomplete="name" maxlength="64" required ref=${takeFocus} onInput=${(event) => changeName(event.currentTarget.value)} /></div></div>
      <${Field} id="username" label=${t('form.username')} value=${username} change=${(value) => (setTouched(true), setUsername(value.toLowerCase()))} error=${at === 'username' && sentence(problem)}
        hint=${t('form.username.hint', { username: username || 'sam' })} autocomplete="username" autocapitalize="off" spellcheck="false" maxlength="32" required />
      <${Password} id="password" label=${t('form.password')} value=${password} change=${setPassword} error=${at === 'password' && sentence(problem)} fresh=${true} />
      <button class="btn btn-p btn-w" disabled=${busy}>${t('action.continue')}</button>
    </form>
    <p class="fn"><button type="button" onClick=${back}>${t('action.back')}</button></p>
  </${Card}>`;
}

/** The account is made: now a first room and a link that leads there. */
function Invited({ steps, enter }) {
  const [invite, setInvite] = useState(null);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setError('');
    try {
      setInvite(await makeInvite(await firstRoom()));
    } catch (problem) {
      setError(sentence(problem));
    }
  };
  useEffect(() => void make(), []);
  const open = async () => {
    setBusy(true);
    await enter();
  };
  return html`<${Card} plain=${true} steps=${steps} title=${t('setup.invite.title')} text=${t('setup.invite.text')}>
    <${ErrorLine} error=${error} />
    ${invite ? html`<${InviteCard} invite=${invite} />` : !error && html`<div class="qr" aria-busy="true"><span class="sk qrwait"></span></div>`}
    <div class="skiprow">
      ${error && html`<button class="btn btn-q btn-w" onClick=${make}>${t('action.retry')}</button>`}
      <button class="btn btn-p btn-w" disabled=${busy} onClick=${open}>${t('setup.open')}</button>
    </div>
  </${Card}>`;
}

async function firstRoom() {
  const { rooms } = await api('GET', '/rooms');
  return rooms.find((room) => room.kind === 'public') ?? api('POST', '/rooms', { name: t('setup.room'), kind: 'public' });
}
