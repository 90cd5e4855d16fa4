// A block of code: its language, a button that copies, colours when they are here, folded when it is long.
import { h, html, useEffect, useState } from '../view.js';
import { t } from '../i18n.js';
import { copyText, Icon } from './basics.js';

const FOLD_LINES = 18;
/** Code that is nested deeper, such as templates within templates, has no more colours. */
const DEEPEST = 16;

/** What a token is coloured as; the rest keeps the colour of the text. */
const KINDS = {
  'c-key': 'keyword built_in type literal meta selector-tag tag name section bullet',
  'c-str': 'string regexp addition quote link char',
  'c-num': 'number symbol variable template-variable attr attribute deletion property',
  'c-fn': 'title class function selector-class selector-id params-name',
  'c-com': 'comment doctag',
};
const kinds = new Map(Object.entries(KINDS).flatMap(([kind, scopes]) => scopes.split(' ').map((scope) => [scope, kind])));

/** @param {string|{scope?: string, children: any[]}} token */
function node(token, depth = 0) {
  if (typeof token === 'string') return token;
  if (depth > DEEPEST) return plainly(token);
  const children = token.children.map((one) => node(one, depth + 1));
  const kind = kinds.get(token.scope?.split('.')[0]);
  return kind ? h('span', { class: kind }, children) : children;
}

/** The words of a token, however deep it goes. */
function plainly(token) {
  const words = [];
  const left = [token];
  while (left.length) {
    const next = left.pop();
    if (typeof next === 'string') words.push(next);
    else for (let at = next.children.length - 1; at >= 0; at--) left.push(next.children[at]);
  }
  return words.join('');
}

/** @param {{text: string, language: string}} props */
export function Code({ text, language }) {
  const [open, setOpen] = useState(false);
  const [copied, setCopied] = useState(false);
  const [tokens, setTokens] = useState(null);
  const lines = text.split('\n').length;
  const long = lines > FOLD_LINES;
  useEffect(() => {
    let here = true;
    setTokens(null);
    if (language)
      import('../highlight.js')
        .then((module) => module.tokensOfCode(text, language))
        // Plain code is code too.
        .then((found) => here && setTokens(found), () => {});
    return () => (here = false);
  }, [text, language]);
  const copy = async () => {
    if (!(await copyText(text))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  const name = language || t('text.code');
  return html`<div class="code">
    <div class="ch">
      <span>${name}</span>
      <button type="button" onClick=${copy}><${Icon} name=${copied ? 'check' : 'copy'} size="xs" />${t(copied ? 'action.copied' : 'action.copy')}</button>
    </div>
    <pre tabindex="0" role="group" aria-label=${t('text.code.label', { language: name })} class=${long && !open ? 'fold' : ''}><code>${tokens ? tokens.map((token) => node(token)) : text}</code></pre>
    ${long && html`<button type="button" class="more" aria-expanded=${open ? 'true' : 'false'} onClick=${() => setOpen(!open)}>${open ? t('text.less') : t('text.more.lines', { n: lines })}</button>`}
  </div>`;
}
