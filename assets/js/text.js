// Message text: Markdown tokens become nodes by an allow-list; no HTML string ever exists.
import { lexer } from '../vendor/marked.mjs';
import { h, html, useState } from './view.js';
import { Icon } from './ui/basics.js';
import { t } from './i18n.js';

const FOLD_LINES = 24;
const FOLD_LENGTH = 2600;
const FOLD_CODE = 18;
const SAFE = /^(https?:|mailto:)/i;

const cache = new Map();
function tokensOf(text) {
  let tokens = cache.get(text);
  if (!tokens) {
    try {
      tokens = lexer(text, { gfm: true, breaks: true });
    } catch {
      tokens = [{ type: 'text', text, raw: text }];
    }
    cache.set(text, tokens);
    if (cache.size > 600) cache.delete(cache.keys().next().value);
  }
  return tokens;
}

/** @param {string} address @returns {string|null} the address if it is one that may be followed */
function safeLink(address) {
  try {
    const url = new URL(address.trim());
    return SAFE.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * @typedef {{people: Map<string, {id: number, name: string}>, me: number, room: boolean}} Context
 *   who may be highlighted: users by lower-case username, and whether @room and @here are
 */

/** Blocks of a text; `after` goes to the end of the last line where that is a paragraph. */
function blocks(text, context, after) {
  const tokens = tokensOf(text);
  const end = tokens.at(-1);
  const joins = after && end?.type === 'paragraph';
  const nodes = tokens.map((token) =>
    joins && token === end ? html`<p>${inline(token.tokens, context)}${after}</p>` : block(token, context),
  );
  return joins ? nodes : [...nodes, after];
}

const inline = (tokens, context) => (tokens ?? []).map((token) => span(token, context));

function block(token, context) {
  switch (token.type) {
    case 'space':
      return null;
    case 'paragraph':
      return html`<p>${inline(token.tokens, context)}</p>`;
    case 'heading':
      // Bold words and no heading: the page has an outline of its own.
      return html`<p class="hd"><strong>${inline(token.tokens, context)}</strong></p>`;
    case 'code':
      return h(Code, { text: token.text, language: (token.lang ?? '').split(/\s/)[0] });
    case 'blockquote':
      return html`<blockquote dir="auto">${token.tokens.map((one) => block(one, context))}</blockquote>`;
    case 'list':
      return h(
        token.ordered ? 'ol' : 'ul',
        { dir: 'auto', ...(token.ordered && token.start !== 1 ? { start: token.start } : {}) },
        token.items.map((item) => listItem(item, context)),
      );
    case 'table':
      return table(token, context);
    case 'hr':
      return html`<hr />`;
    case 'text':
      return html`<p>${token.tokens ? inline(token.tokens, context) : mentions(token.text, context)}</p>`;
    default:
      // HTML, link definitions and whatever is not known: as it was written.
      return html`<p>${mentions(token.raw.trimEnd(), context)}</p>`;
  }
}

function listItem(item, context) {
  const inside = item.tokens.map((one) => {
    if (one.type === 'text') return one.tokens ? inline(one.tokens, context) : mentions(one.text, context);
    if (one.type === 'checkbox') return null;
    return block(one, context);
  });
  if (!item.task) return html`<li>${inside}</li>`;
  return html`<li class="task"><span role="img" aria-label=${t(item.checked ? 'text.done' : 'text.open')}>${item.checked ? '☑' : '☐'}</span> ${inside}</li>`;
}

function table(token, context) {
  const cells = (row, tag) => row.map((cell) => h(tag, {}, inline(cell.tokens, context)));
  return html`<div class="tw" tabindex="0" role="group" aria-label=${t('text.table')}>
    <table dir="auto">
      <thead><tr>${cells(token.header, 'th')}</tr></thead>
      <tbody>${token.rows.map((row) => html`<tr>${cells(row, 'td')}</tr>`)}</tbody>
    </table>
  </div>`;
}

function span(token, context) {
  switch (token.type) {
    case 'text':
      return token.tokens ? inline(token.tokens, context) : mentions(token.text, context);
    case 'escape':
      return token.text;
    case 'strong':
      return html`<strong>${inline(token.tokens, context)}</strong>`;
    case 'em':
      return html`<em>${inline(token.tokens, context)}</em>`;
    case 'del':
      return html`<del>${inline(token.tokens, context)}</del>`;
    case 'codespan':
      return html`<code class="in">${token.text}</code>`;
    case 'br':
      return html`<br />`;
    case 'link':
      return link(token.href, inline(token.tokens, context), token);
    case 'image':
      return link(token.href, token.text || token.href, token);
    case 'checkbox':
      return null;
    default:
      return mentions(token.raw, context);
  }
}

function link(address, children, token) {
  const safe = safeLink(address);
  if (!safe) return token.raw;
  // Where the words are not the address, the address is shown on pointing at them.
  const title = token.text === address ? undefined : safe;
  return html`<a href=${safe} target="_blank" rel="noopener noreferrer nofollow ugc" title=${title}>${children}</a>`;
}

function mentions(text, context) {
  if (!text.includes('@')) return text;
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(/(^|[^\w@./-])@([a-z0-9][a-z0-9._-]*)/gi)) {
    let name = found[2];
    // A full stop at the end of a sentence is not part of the name.
    while (name && !isName(name, context)) name = /[._-]$/.test(name) ? name.slice(0, -1) : '';
    if (!name) continue;
    const at = found.index + found[1].length;
    const user = context.people.get(name.toLowerCase());
    const mine = user ? user.id === context.me : true;
    parts.push(text.slice(from, at), html`<span class=${`at ${mine ? 'at-me' : ''}`} title=${user?.name}>@${name}</span>`);
    from = at + name.length + 1;
  }
  return from ? [...parts, text.slice(from)] : text;
}

const isName = (name, context) => context.people.has(name.toLowerCase()) || (context.room && /^(room|here)$/i.test(name));

function Code({ text, language }) {
  const [open, setOpen] = useState(false);
  const [copied, setCopied] = useState(false);
  const lines = text.split('\n').length;
  const long = lines > FOLD_CODE + 4;
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return html`<div class="code">
    <div class="ch">
      <span>${language || t('text.code')}</span>
      <button type="button" onClick=${copy}><${Icon} name=${copied ? 'check' : 'copy'} size="xs" />${t(copied ? 'action.copied' : 'action.copy')}</button>
    </div>
    <pre tabindex="0" role="group" aria-label=${t('text.code.label', { language: language || t('text.code') })} class=${long && !open ? 'fold' : ''}><code>${text}</code></pre>
    ${long && html`<button type="button" class="more" onClick=${() => setOpen(!open)}>${open ? t('text.less') : t('text.more.lines', { n: lines })}</button>`}
  </div>`;
}

/** @param {{text: string, context: Context, after?: any}} props the whole text of a message, folded when it is long */
export function Text({ text, context, after }) {
  const [open, setOpen] = useState(false);
  // Code folds by itself, so it does not count.
  const prose = text.replace(/^(```|~~~)[^]*?^\1/gm, '');
  const long = prose.length > FOLD_LENGTH || (prose.match(/\n/g)?.length ?? 0) > FOLD_LINES + 6;
  const nodes = blocks(text, context, after);
  if (!long) return nodes;
  return html`<div class=${open ? '' : 'fold'}>${nodes}</div>
    <button type="button" class="more" onClick=${() => setOpen(!open)}>${t(open ? 'text.less' : 'text.more')}</button>`;
}

/** The words of a text without its marks, in one line. @param {string} text @returns {string} */
export function plain(text) {
  const words = (tokens) =>
    (tokens ?? [])
      .map((token) => {
        if (token.type === 'list') return token.items.map((item) => words(item.tokens)).join(' ');
        if (token.type === 'table') return token.raw;
        if (token.type === 'br') return ' ';
        return token.tokens ? words(token.tokens) : (token.text ?? token.raw);
      })
      .join('');
  return tokensOf(text)
    .map((token) => words([token]))
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
}

const pictographs = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** @param {string} text @returns {boolean} one to three emoji and nothing else */
export function onlyEmoji(text) {
  const trimmed = text.trim();
  if (!trimmed || trimmed.length > 40) return false;
  const parts = [...pictographs.segment(trimmed)].map((one) => one.segment).filter((one) => one.trim());
  return (
    parts.length <= 3 && parts.every((one) => /^(\p{Extended_Pictographic}|\p{Regional_Indicator}{2})/u.test(one) && !/^[\d#*]$/.test(one))
  );
}

/** @param {string} text @returns {boolean} whether it has a block that uses the full width */
export const isWide = (text) => /(^|\n)\s*(```|~~~)/.test(text);
