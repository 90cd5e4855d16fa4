// The card in the middle of a page outside.
import { html } from '../../view.js';
import { Mark } from '../basics.js';

/** @param {{title: string, text?: any, children: any, steps?: any, plain?: boolean}} props */
export const Card = ({ title, text, children, steps, plain }) => html`<main class="auth"><div class="auth-b"><div class="panel">
  ${steps}
  <div class="lg">${!plain && html`<${Mark} />`}<div><h1>${title}</h1>${text && html`<p>${text}</p>`}</div></div>
  ${children}
</div></div></main>`;
