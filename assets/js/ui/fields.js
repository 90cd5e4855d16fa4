// Fields of the forms outside: text with its error beside it, and passwords that can be shown and are weighed.
import { html, useRef, useState } from '../view.js';
import { server } from '../state.js';
import { t } from '../i18n.js';
import { Icon, takeFocus } from './basics.js';

/**
 * @param {{id: string, label: string, value: string, change: (text: string) => void, hint?: any, focus?: boolean, error?: string|false, type?: string, [more: string]: any}} props
 */
export function Field({ id, label, value, change, hint, error: problem, focus, children, ...more }) {
  // An error is about what was sent; once that is changed it no longer holds.
  const sent = useRef(null);
  if (!problem) sent.current = null;
  else if (sent.current === null) sent.current = value;
  const error = problem && sent.current === value ? problem : '';
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ') || null;
  return html`<div class="f-g">
    <label class="f-l" for=${id}>${label}</label>
    <div class="f-in"><input class="f-i" id=${id} ref=${focus ? takeFocus : null} value=${value} aria-invalid=${error ? 'true' : null} aria-describedby=${described} onInput=${(event) => change(event.currentTarget.value)} ...${more} />${children}</div>
    ${error && html`<p class="f-e" id=${`${id}-error`}><${Icon} name="circle-alert" size="s" />${error}</p>`}
    ${hint && html`<div class="f-h" id=${`${id}-hint`}>${hint}</div>`}
  </div>`;
}

/** A password; `fresh` means a new one, which is weighed while it is typed. */
export function Password({ id, label, value, change, error, fresh, focus }) {
  const [shown, setShown] = useState(false);
  const weight = fresh && value ? weigh(value) : 0;
  return html`<${Field} id=${id} label=${label} value=${value} change=${change} error=${error} focus=${focus} type=${shown ? 'text' : 'password'}
    autocomplete=${fresh ? 'new-password' : 'current-password'} autocapitalize="off" spellcheck="false" required
    hint=${fresh && html`<${Meter} weight=${weight} /><span>${value ? t(`password.${weight}`, { n: least() }) : t('password.hint', { n: least() })}</span>`}>
    <button type="button" class="ib" aria-label=${t(shown ? 'password.hide' : 'password.show')} aria-pressed=${shown ? 'true' : 'false'} onClick=${() => setShown(!shown)}><${Icon} name=${shown ? 'eye-off' : 'eye'} /></button>
  </${Field}>`;
}

const least = () => server.value?.password_min ?? 12;

const Meter = ({ weight }) =>
  html`<div class="mtr" aria-hidden="true">${[1, 2, 3, 4].map((n) => html`<i key=${n} class=${n <= weight ? `on ${weight === 1 ? 'low' : weight === 2 ? 'mid' : ''}` : ''}></i>`)}</div>`;

/** A rough guess to guide the eye; the server decides. @param {string} text @returns {1|2|3|4} */
function weigh(text) {
  if (text.length < least()) return 1;
  const different = new Set(text.toLowerCase()).size;
  const words = text.split(/[\s.,_-]+/).filter((word) => word.length > 2).length;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^\w\s]/].filter((kind) => kind.test(text)).length;
  const points = different / 3 + words * 1.2 + kinds + (text.length - least()) / 3;
  return points > 11 ? 4 : points > 7.5 ? 3 : 2;
}
