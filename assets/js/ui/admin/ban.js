// Administration: keeping a person or an address out.
import { html, useState } from '../../view.js';
import { api } from '../../api.js';
import { t } from '../../i18n.js';
import { Dialog, DialogHead } from '../overlay.js';
import { Field } from '../fields.js';
import { ErrorLine, sentence } from '../basics.js';

const DAY = 86_400_000;
const LIVES = { always: 0, day: DAY, week: 7 * DAY, month: 30 * DAY };

/** A person, and if wished the places they come from. @param {{user: any, changed: () => void, close: () => void}} props */
export function BanPerson({ user, changed, close }) {
  const [places, setPlaces] = useState(false);
  return html`<${BanForm} title=${t('admin.ban.title', { name: user.name })} text=${t('admin.ban.text')} verb=${t('admin.ban.verb')} body=${{ user: user.id, with_addresses: places }} changed=${changed} close=${close}>
    <label class="check"><input type="checkbox" checked=${places} onChange=${(event) => setPlaces(event.currentTarget.checked)} /><span>${t('admin.ban.places')}<small>${t('admin.ban.places.text')}</small></span></label>
  </${BanForm}>`;
}

/** An address or a network. @param {{changed: () => void, close: () => void}} props */
export function BanAddress({ changed, close }) {
  const [address, setAddress] = useState('');
  return html`<${BanForm} title=${t('admin.bans.add')} text=${t('admin.bans.add.text')} verb=${t('admin.ban.verb')} body=${{ address }} changed=${changed} close=${close}>
    <${Field} id="ban-address" label=${t('admin.ban.address')} value=${address} change=${setAddress} hint=${t('admin.ban.address.hint')} focus=${true} required autocapitalize="off" spellcheck="false" dir="ltr" />
  </${BanForm}>`;
}

function BanForm({ title, text, verb, body, changed, close, children }) {
  const [reason, setReason] = useState('');
  const [life, setLife] = useState('always');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await api('POST', '/admin/bans', { ...body, reason: reason.trim() || null, expires_at: LIVES[life] ? Date.now() + LIVES[life] : null });
      changed();
      close();
    } catch (problem) {
      setError(sentence(problem));
      setBusy(false);
    }
  };
  return html`<${Dialog} label=${title} close=${close} middle=${true} kind="form sm">
    <${DialogHead} title=${title} text=${text} close=${close} />
    <form onSubmit=${send}>
      <${ErrorLine} error=${error} />
      ${children}
      <${Field} id="ban-reason" label=${t('admin.ban.reason')} value=${reason} change=${setReason} hint=${t('admin.ban.reason.hint')} maxlength="200" />
      <div class="f-g"><label class="f-l" for="ban-life">${t('admin.ban.life')}</label>
        <select class="f-i" id="ban-life" value=${life} onChange=${(event) => setLife(event.currentTarget.value)}>${Object.keys(LIVES).map((name) => html`<option key=${name} value=${name}>${t(`admin.ban.life.${name}`)}</option>`)}</select></div>
      <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button><button class="btn btn-danger" disabled=${busy}>${verb}</button></div>
    </form>
  </${Dialog}>`;
}
