// Settings: profile, the look of this device, devices signed in, keys, signing out.
import { html, lazy, useEffect, useState } from '../view.js';
import { api } from '../api.js';
import { go } from '../router.js';
import * as state from '../state.js';
import { signOut } from '../session.js';
import { density, phone, sendKey, setTheme, textSize, theme } from '../look.js';
import { toast } from '../layers.js';
import { actions, attempt } from '../actions.js';
import { outbox } from '../outbox.js';
import { ago } from '../time.js';
import { t } from '../i18n.js';
import { Avatar, ErrorLine, Icon, sentence } from './basics.js';
import { Tabs } from './sidebar.js';

const KeyList = lazy(() => import('./shortcuts.js').then((module) => module.KeyList), 'panels');
const SECTIONS = {
  profile: ['user', Profile],
  appearance: ['palette', Appearance],
  devices: ['laptop', Devices],
  keyboard: ['keyboard', Keyboard],
};

function askSignOut() {
  const unsent = outbox.value.length;
  actions.confirm({
    title: t('signout.title'),
    text: unsent ? t('signout.unsent', { n: unsent }) : t('signout.text'),
    verb: t('signout.verb'),
    run: async () => {
      await signOut();
      go('/login', { replace: true });
    },
  });
}

/** @param {{section?: string}} props */
export function Settings({ section }) {
  const known = section in SECTIONS ? section : undefined;
  // With two panes there is always a section; a phone begins with the list.
  const shown = known ?? (phone.value ? undefined : 'profile');
  const Section = shown && SECTIONS[shown][1];
  return html`<div class="page" data-section=${shown}>
    <nav class="subnav" aria-label=${t('settings.title')}>
      ${shown ? html`<h2>${t('settings.title')}</h2>` : html`<h1>${t('settings.title')}</h1>`}
      <ul>${Object.entries(SECTIONS).map(([name, [icon]]) => html`<li key=${name}><a class="row" href=${`/settings/${name}`} aria-current=${shown === name ? 'page' : null}><${Icon} name=${icon} /><span class="nm">${t(`settings.${name}`)}</span></a></li>`)}
        <li class="sepd"><button class="row" type="button" onClick=${askSignOut}><${Icon} name="log-out" /><span class="nm">${t('settings.signout')}</span></button></li></ul>
    </nav>
    ${
      Section &&
      html`<div class="pane" tabindex=${shown === 'keyboard' ? '0' : null}><header><a class="ib back" href="/settings" aria-label=${t('action.back')}><${Icon} name="chevron-left" size="l" /></a>
      <div><h1>${t(`settings.${shown}`)}</h1><p>${t(`settings.${shown}.text`)}</p></div></header><${Section} key=${shown} /></div>`
    }
  </div>${!shown && html`<${Tabs} sheet=${true} />`}`;
}

function Profile() {
  const me = state.me.value;
  const [name, setName] = useState(me.name);
  const [emoji, setEmoji] = useState(me.status?.emoji ?? '');
  const [text, setText] = useState(me.status?.text ?? '');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const save = async (event) => {
    event.preventDefault();
    setError('');
    setBusy(true);
    try {
      const status = emoji.trim() || text.trim() ? { emoji: emoji.trim(), text: text.trim() } : null;
      const answer = await api('PATCH', '/me', { name: name.trim(), status });
      state.me.value = answer;
      state.addUsers([answer]);
      toast(t('profile.saved'));
    } catch (problem) {
      setError(sentence(problem));
    }
    setBusy(false);
  };
  return html`<form onSubmit=${save} class="narrow">
    <${ErrorLine} error=${error} />
    <div class="rowf"><${Avatar} user=${{ ...me, name: name || me.username }} size="av-72" /><div>
      <label class="f-l" for="profile-name">${t('form.name')}</label>
      <input class="f-i" id="profile-name" value=${name} required maxlength="64" autocomplete="name" onInput=${(event) => setName(event.currentTarget.value)} /></div></div>
    <div class="f-g"><span class="f-l">${t('form.username')}</span><p>@${me.username}</p></div>
    <fieldset class="f-g"><legend class="f-l">${t('profile.status')}</legend><div class="pair">
      <input class="f-i" aria-label=${t('profile.emoji')} placeholder="🙂" value=${emoji} maxlength="16" onInput=${(event) => setEmoji(event.currentTarget.value)} />
      <input class="f-i" aria-label=${t('profile.status.text')} placeholder=${t('profile.status.hint')} value=${text} maxlength="100" onInput=${(event) => setText(event.currentTarget.value)} /></div></fieldset>
    <div class="acts"><button class="btn btn-p" disabled=${busy || !name.trim()}>${t('action.save')}</button></div>
  </form>`;
}

const Shape = () => html`<div><i></i><i></i><i></i></div><div class="shh"><i></i><i class="o"></i></div>`;
const SHAPES = {
  light: html`<span class="th th-l"><${Shape} /></span>`,
  dark: html`<span class="th th-d"><${Shape} /></span>`,
  system: html`<span class="th th-a"><span class="th th-l"><${Shape} /></span><span class="th th-d"><${Shape} /></span></span>`,
};

function Choice({ name, value, options, change }) {
  return html`<div class="seg" role="radiogroup" aria-label=${t(`look.${name}`)}>
    ${options.map((one) => html`<label key=${one}><input type="radio" name=${name} value=${one} checked=${value === one} onChange=${() => change(one)} /><span>${t(`look.${name}.${one}`)}</span></label>`)}</div>`;
}

function Appearance() {
  return html`<fieldset class="themes"><legend class="sr">${t('look.theme')}</legend>
      ${['light', 'dark', 'system'].map((name) => html`<label key=${name}><input type="radio" name="theme" value=${name} checked=${theme.value === name} onChange=${() => setTheme(name)} />${SHAPES[name]}<span class="l">${t(`look.theme.${name}`)} <${Icon} name="check" size="s" /></span></label>`)}</fieldset>
    <h2 class="h">${t('look.messages')}</h2>
    <div class="card">
      <div class="line"><span>${t('look.density')}<small>${t('look.density.text')}</small></span><${Choice} name="density" value=${density.value} options=${['comfortable', 'compact']} change=${(value) => (density.value = value)} /></div>
      <div class="line"><label for="text-size">${t('look.size')}<small>${t('look.size.text')}</small></label>
        <input id="text-size" type="range" min="0" max="4" value=${textSize.value} aria-valuetext=${t(`look.size.${textSize.value}`)} onChange=${(event) => (textSize.value = Number(event.currentTarget.value))} /></div>
      <div class="line"><span>${t('look.send')}<small>${t('look.send.text')}</small></span><${Choice} name="send" value=${sendKey.value} options=${['enter', 'ctrl']} change=${(value) => (sendKey.value = value)} /></div>
    </div>`;
}

function Devices() {
  const [list, setList] = useState(null);
  const [error, setError] = useState('');
  const load = () =>
    api('GET', '/auth/sessions').then(
      (answer) => setList(answer.sessions),
      (problem) => setError(sentence(problem)),
    );
  useEffect(() => void load(), []);
  const end = async (session) => {
    await attempt(() => api('DELETE', `/auth/sessions/${session.id}`));
    load();
  };
  const endAll = () =>
    actions.confirm({
      title: t('devices.all.title'),
      text: t('devices.all.text'),
      verb: t('devices.all.verb'),
      danger: true,
      run: async () => (await api('DELETE', '/auth/sessions'), load()),
    });
  const others = (list ?? []).filter((session) => !session.current);
  return html`<${ErrorLine} error=${error} />
    ${
      list &&
      html`<ul class="card list">${[...list]
        .sort((a, b) => b.current - a.current || b.last_used_at - a.last_used_at)
        .map(
          (session) => html`<li class="line" key=${session.id}>
      <span class="av tile h5" aria-hidden="true"><${Icon} name=${/iphone|android|mobile/i.test(session.device ?? '') ? 'smartphone' : 'laptop'} /></span>
      <span><b>${session.device || t('devices.unknown')}</b><small>${[session.address, session.current ? '' : t('devices.used', { ago: ago(session.last_used_at ?? session.created_at) })].filter(Boolean).join(' · ')}</small></span>
      ${session.current ? html`<span class="chip chip-pine">${t('devices.this')}</span>` : html`<button class="btn btn-q btn-s" aria-label=${t('devices.end.label', { device: session.device || t('devices.unknown') })} onClick=${() => end(session)}>${t('devices.end')}</button>`}
    </li>`,
        )}</ul>`
    }
    ${others.length > 0 && html`<button class="btn btn-d" onClick=${endAll}><${Icon} name="log-out" size="s" />${t('devices.all')}</button>`}`;
}

function Keyboard() {
  return html`<${KeyList} />`;
}
