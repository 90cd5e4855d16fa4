// The doors: signing in, registering by an invite, and choosing a new password by a reset link.
import { html, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import { go, route } from '../router.js';
import { server } from '../state.js';
import { pageTitle } from '../reading.js';
import { toast } from '../layers.js';
import { rich, t } from '../i18n.js';
import { ErrorLine, sentence } from './basics.js';
import { Field, Password } from './fields.js';
import { Card } from './door/card.js';
import { LinkPage } from './door/link.js';
import { Login } from './door/login.js';

/** @param {{enter: () => Promise<void>}} props */
export function Entry({ enter }) {
  const { name, code } = route.value;
  const [open, setOpen] = useState(false);
  const registering = name === 'invited' || (name === 'login' && open);
  useEffect(() => {
    pageTitle.value = `${t(name === 'reset' ? 'reset.title' : name === 'link' ? 'link.title' : registering ? 'register.title.short' : 'login.verb')} · ${server.value.name}`;
  }, [name, registering]);
  if (name === 'link') return html`<${LinkPage} enter=${enter} />`;
  if (name === 'reset') return html`<${Reset} enter=${enter} />`;
  if (registering)
    return html`<${Register} key=${code} code=${name === 'invited' ? code : null} enter=${enter} back=${() => (setOpen(false), go('/login'))} />`;
  return html`<${Login} enter=${enter} register=${() => setOpen(true)} />`;
}

function Register({ code, enter, back }) {
  const [invite, setInvite] = useState(undefined);
  const [name, setName] = useState('');
  const [username, setUsername] = useState('');
  const [touched, setTouched] = useState(false);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const look = () => {
    if (!code) return setInvite(null);
    setInvite(undefined);
    api('POST', '/auth/invite', { code }).then(setInvite, (error) => setInvite({ error }));
  };
  useEffect(look, [code]);

  const submit = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await api('POST', '/auth/register', {
        username: username.trim(),
        password,
        name: name.trim() || username.trim(),
        ...(code ? { invite: code } : {}),
      });
      await enter();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  if (invite === undefined) return html`<main class="auth" aria-busy="true"></main>`;
  if (invite?.error) {
    const gone = invite.error.status === 404;
    return html`<${Card} title=${t(gone ? 'invited.gone' : 'messages.failed')} text=${gone ? t('invited.gone.text') : sentence(invite.error)}>
      ${gone ? html`<button class="btn btn-q btn-w" onClick=${enter}>${t('invited.onward', { place: server.value.name })}</button>` : html`<button class="btn btn-q btn-w" onClick=${look}>${t('action.retry')}</button>`}</${Card}>`;
  }
  const place = invite?.server_name ?? server.value.name;
  const text = invite?.by ? t('invited.text', { name: invite.by.name }) : t('register.text');
  const at = fieldOf(problem);
  const changeName = (value) => {
    setName(value);
    if (!touched) setUsername(suggestUsername(value));
  };
  return html`<${Card} title=${t('register.title', { place })} text=${text}>
    ${invite?.rooms?.length > 0 && html`<div class="roomlist" role="group" aria-label=${t('invited.rooms')}>${invite.rooms.map((room) => html`<span class="chip" key=${room.id}>${room.name}</span>`)}</div>`}
    <form onSubmit=${submit}>
      <${ErrorLine} error=${problem && !at ? sentence(problem) : ''} />
      <${Field} id="name" label=${t('form.yourname')} value=${name} change=${changeName} error=${at === 'name' && sentence(problem)} autocomplete="name" maxlength="64" required focus=${true} />
      <${Field} id="username" label=${t('form.username')} value=${username} change=${(value) => (setTouched(true), setUsername(value.toLowerCase()))} error=${at === 'username' && sentence(problem)}
        hint=${t('form.username.hint', { username: username || 'sam' })} autocomplete="username" autocapitalize="off" spellcheck="false" maxlength="32" required />
      <${Password} id="password" label=${t('form.password')} value=${password} change=${setPassword} error=${at === 'password' && sentence(problem)} fresh=${true} />
      <button class="btn btn-p btn-w" disabled=${busy}>${t('register.verb')}</button>
    </form>
    <p class="fn">${rich('register.have', { link: html`<button type="button" onClick=${back}>${t('login.verb')}</button>` })}</p>
  </${Card}>`;
}

/** The field that an error belongs to. @param {any} problem @returns {string|null} */
export function fieldOf(problem) {
  if (!problem) return null;
  if (problem.code === 'username_taken') return 'username';
  if (problem.code === 'weak_password') return 'password';
  return ['username', 'password', 'name'].includes(problem.field) ? problem.field : null;
}

/** @param {string} name @returns {string} a username made of the first name, as far as its letters allow */
export const suggestUsername = (name) =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .split(/\s+/)[0]
    .replace(/[^a-z0-9._-]/g, '')
    .replace(/^[._-]+/, '')
    .slice(0, 32);

function Reset({ enter }) {
  const [code, setCode] = useState(() => location.hash.slice(1));
  useEffect(() => {
    const follow = () => (setCode(location.hash.slice(1)), setProblem(null));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const { signed_in: isIn } = await api('POST', '/auth/reset', { code, password });
      if (isIn) return await enter();
      // A link is one factor: the other one is asked for at the door.
      toast(t('reset.second'));
      go('/login', { replace: true });
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  if (!code || problem?.status === 404)
    return html`<${Card} title=${t('reset.gone')} text=${t('reset.gone.text')}><a class="btn btn-q btn-w" href="/login">${t('login.verb')}</a></${Card}>`;
  const weak = fieldOf(problem) === 'password';
  return html`<${Card} title=${t('reset.title')} text=${t('reset.text', { place: server.value.name })}>
    <form onSubmit=${submit}>
      <${ErrorLine} error=${problem && !weak ? sentence(problem) : ''} />
      <${Password} id="password" label=${t('reset.password')} value=${password} change=${setPassword} error=${weak && sentence(problem)} fresh=${true} />
      <button class="btn btn-p btn-w" disabled=${busy || !password}>${t('reset.verb')}</button>
    </form>
  </${Card}>`;
}
