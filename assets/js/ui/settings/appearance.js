// Settings: how this device shows Snug.
import { html } from '../../view.js';
import { density, sendKey, setTheme, textSize, theme } from '../../look.js';
import { chooseLanguage, chosenLanguage, LANGUAGES, t } from '../../i18n.js';
import { Icon } from '../basics.js';

const Shape = () => html`<div><i></i><i></i><i></i></div><div class="shh"><i></i><i class="o"></i></div>`;
const SHAPES = {
  light: html`<span class="th th-l"><${Shape} /></span>`,
  dark: html`<span class="th th-d"><${Shape} /></span>`,
  system: html`<span class="th th-a"><span class="th th-l"><${Shape} /></span><span class="th th-d"><${Shape} /></span></span>`,
};

/** One of a few. */
function Choice({ name, value, options, change }) {
  return html`<div class="seg" role="radiogroup" aria-label=${t(`look.${name}`)}>
    ${options.map((one) => html`<label key=${one}><input type="radio" name=${name} value=${one} checked=${value === one} onChange=${() => change(one)} /><span>${t(`look.${name}.${one}`)}</span></label>`)}</div>`;
}

/** Theme, language, density, text size. */
export function Appearance() {
  return html`<fieldset class="themes"><legend class="sr">${t('look.theme')}</legend>
      ${['light', 'dark', 'system'].map((name) => html`<label key=${name}><input type="radio" name="theme" value=${name} checked=${theme.value === name} onChange=${() => setTheme(name)} />${SHAPES[name]}<span class="l">${t(`look.theme.${name}`)} <${Icon} name="check" size="s" /></span></label>`)}</fieldset>
    <div class="card"><div class="line"><label for="language">${t('look.language')}<small>${t('look.language.text')}</small></label>
      <select class="f-i pick" id="language" onChange=${(event) => chooseLanguage(event.currentTarget.value)}>
        ${Object.entries({ '': t('look.language.auto'), ...LANGUAGES }).map(([tag, name]) => html`<option key=${tag} value=${tag} lang=${tag || null} selected=${tag === chosenLanguage()}>${name}</option>`)}</select></div></div>
    <h2 class="h">${t('look.messages')}</h2>
    <div class="card">
      <div class="line"><span>${t('look.density')}<small>${t('look.density.text')}</small></span><${Choice} name="density" value=${density.value} options=${['comfortable', 'compact']} change=${(value) => (density.value = value)} /></div>
      <div class="line"><label for="text-size">${t('look.size')}<small>${t('look.size.text')}</small></label>
        <input id="text-size" type="range" min="0" max="4" value=${textSize.value} aria-valuetext=${t(`look.size.${textSize.value}`)} onChange=${(event) => (textSize.value = Number(event.currentTarget.value))} /></div>
      <div class="line"><span>${t('look.send')}<small>${t('look.send.text')}</small></span><${Choice} name="send" value=${sendKey.value} options=${['enter', 'ctrl']} change=${(value) => (sendKey.value = value)} /></div>
    </div>`;
}
