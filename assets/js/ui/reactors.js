// Who gave which emoji to a message, as a list.
import { html } from '../view.js';
import * as state from '../state.js';
import { t } from '../i18n.js';
import { Avatar } from './basics.js';
import { Dialog, DialogHead } from './overlay.js';

/** @param {{message: any, close: () => void}} props */
export const Reactors = ({ message, close }) => html`<${Dialog} label=${t('reactions.who')} close=${close} middle=${true} kind="form sm">
  <${DialogHead} title=${t('reactions.who')} close=${close} />
  <div class="reactors" tabindex="0" role="group" aria-label=${t('reactions.who')}>
    ${message.reactions.map(
      ({ emoji, users, count }) => html`<section key=${emoji}>
        <h3><span class="e">${emoji}</span> ${count}</h3>
        <ul>${users.map((id) => html`<li key=${id}><${Avatar} user=${state.userOf(id)} size="av-24" /><span>${state.userOf(id).name}</span></li>`)}</ul>
      </section>`,
    )}
  </div>
</${Dialog}>`;
