// Making an API key: what it is for, where, how long; then the key itself, this once.
import { html, useState } from '../view.js';
import { api } from '../api.js';
import { t } from '../i18n.js';
import { Dialog, DialogHead } from './overlay.js';
import { Field } from './fields.js';
import { copyText, ErrorLine, Icon, sentence } from './basics.js';

const DAY = 86_400_000;
const LIVES = { month: 30 * DAY, quarter: 90 * DAY, year: 365 * DAY, always: 0 };

/** @param {{path: string, scopes: string[], rooms: any[], made: () => void, close: () => void}} props */
export function NewKey({ path, scopes, rooms, made, close }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState(['read', 'write']);
  const [limited, setLimited] = useState(false);
  const [some, setSome] = useState([]);
  const [life, setLife] = useState('quarter');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const [key, setKey] = useState(null);
  const toggled = (list, one) => (list.includes(one) ? list.filter((other) => other !== one) : [...list, one]);
  const send = async (event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError('');
    try {
      setKey(await api('POST', path, { name: name.trim(), scopes: chosen, rooms: limited ? some : null, expires_at: LIVES[life] ? Date.now() + LIVES[life] : null }));
      made();
    } catch (problem) {
      setError(sentence(problem));
    }
    setBusy(false);
  };
  if (key) return html`<${Shown} made=${key} close=${close} />`;
  return html`<${Dialog} label=${t('keys.new')} close=${close} middle=${true} kind="form">
    <${DialogHead} title=${t('keys.new')} text=${t('keys.new.text')} close=${close} />
    <form onSubmit=${send}>
      <${ErrorLine} error=${error} />
      <${Field} id="key-name" label=${t('keys.name')} value=${name} change=${setName} hint=${t('keys.name.hint')} focus=${true} required maxlength="64" autocomplete="off" />
      <fieldset class="f-g checks"><legend class="f-l">${t('keys.scopes')}</legend>${scopes.map(
        (scope) => html`<label class="tick" key=${scope}><input type="checkbox" checked=${chosen.includes(scope)} onChange=${() => setChosen(toggled(chosen, scope))} /><span>${t(`keys.scope.${scope}`)}<small>${t(`keys.scope.${scope}.text`)}</small></span></label>`,
      )}</fieldset>
      ${
        rooms.length > 0 &&
        html`<fieldset class="f-g checks"><legend class="f-l">${t('keys.where')}</legend>
        <div class="seg">${[false, true].map((one) => html`<label key=${one}><input type="radio" name="where" checked=${limited === one} onChange=${() => setLimited(one)} /><span>${t(one ? 'keys.where.some' : 'keys.where.all')}</span></label>`)}</div>
        ${limited && html`<div class="ticks" tabindex="0" role="group" aria-label=${t('keys.where.some')}>${rooms.map((room) => html`<label class="tick" key=${room.id}><input type="checkbox" checked=${some.includes(room.id)} onChange=${() => setSome(toggled(some, room.id))} /><span class="utext">${room.name}</span></label>`)}</div>`}</fieldset>`
      }
      <div class="f-g"><label class="f-l" for="key-life">${t('keys.life')}</label>
        <select class="f-i" id="key-life" value=${life} onChange=${(event) => setLife(event.currentTarget.value)}>${Object.keys(LIVES).map((one) => html`<option key=${one} value=${one}>${t(`keys.life.${one}`)}</option>`)}</select></div>
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button>
        <button class="btn btn-p" disabled=${busy || !name.trim() || !chosen.length || (limited && !some.length)}>${t('keys.make')}</button></div>
    </form>
  </${Dialog}>`;
}

/** The key, which nobody can show again. */
function Shown({ made, close }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => setCopied(await copyText(made.key));
  return html`<${Dialog} label=${t('keys.made')} close=${close} middle=${true} kind="form sm">
    <${DialogHead} title=${t('keys.made')} text=${t('keys.made.text')} close=${close} />
    <div class="copy"><span tabindex="0" role="textbox" aria-readonly="true" aria-label=${t('keys.key')}>${made.key}</span>
      <button type="button" class="btn btn-p btn-s" onClick=${copy}><${Icon} name=${copied ? 'check' : 'copy'} size="s" />${t(copied ? 'action.copied' : 'action.copy')}</button></div>
    <p class="f-h">${t('keys.made.how')} <code dir="ltr">Authorization: Bearer snug_…</code></p>
    <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.done')}</button></div>
  </${Dialog}>`;
}
