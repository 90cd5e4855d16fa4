// Message text: Markdown tokens become nodes by an allow-list; no HTML string ever exists.
import { Lexer } from '../vendor/marked.mjs';
import { computed, h, html, useState } from './view.js';
import { rooms } from './state.js';
import { Code } from './ui/code.js';
import { graphemes } from './graphemes.js';
import { t } from './i18n.js';

const FOLD_LINES = 24;
const FOLD_LENGTH = 2600;
/** Deeper than this, wider or longer, and words stay as they were written. */
const DEEPEST = 10;
const MARKS = 300;
const MARKS_IN_ALL = 1500;
const LINES = 800;
const COLUMNS = 40;
const ROWS = 300;
const SAFE = /^(https?:|mailto:)/i;

const cache = new Map();
function tokensOf(text) {
  let tokens = cache.get(text);
  if (!tokens) {
    tokens = read(text);
    cache.set(text, tokens);
    if (cache.size > 600) cache.delete(cache.keys().next().value);
  }
  return tokens;
}

/** A reader of Markdown may need seconds for a text that is made for it: what nobody would write stays as it was written. */
function read(text) {
  const plainly = [{ type: 'text', text, raw: text }];
  if (text.trim() && PLAIN.test(text)) return [{ type: 'paragraph', text, raw: text, tokens: plainly }];
  if (NESTED.test(text) || countOf(withoutCode(text), /\n/g) > LINES) return plainly;
  try {
    const reader = new Lexer({ gfm: true, breaks: true });
    reader.blockTokens(text.replace(/\r\n|\r/g, '\n'), reader.tokens);
    let all = 0;
    for (const { src, tokens } of reader.inlineQueue) {
      const marks = countOf(src, /[*_~`[\]<\\!]/g);
      all += marks;
      if (marks > MARKS || all > MARKS_IN_ALL) tokens.push({ type: 'text', text: src, raw: src });
      else reader.inlineTokens(src, tokens);
    }
    return reader.tokens;
  } catch {
    return plainly;
  }
}

/** Reads every usual mark once, each in a task of its own, so that the first real one finds the reader ready. */
export const warm = () => WARM.forEach((text) => setTimeout(read, 0, text));
const WARM = ['# Warm', 'Warm **up** _this_ `way`', '[a](https://a.example), https://b.example', '- one\n- two', '> three\n\n```\nfour\n```'];

/** One line without any sign that the reader could see more in than words: most of what people say. */
const PLAIN = /^(?!\s{4}|\s*(?:[-+]|\d{1,9}[.)]))(?!.*(?:www\.|:\/\/))[^\\`*_~[\]<>#|&@\r\n\t]*$/i;
const NESTED = /^[ \t]*(?:(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])[ \t]*){12}/m;
const countOf = (text, what) => text.match(what)?.length ?? 0;
/** Blocks of code are read quickly, and fold by themselves. */
const withoutCode = (text) => text.replace(/^(```|~~~)[^]*?(^\1|$(?![^]))/gm, '');

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

function block(token, context, depth = 0) {
  if (depth > DEEPEST) return html`<p>${token.raw}</p>`;
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
      return html`<blockquote dir="auto">${token.tokens.map((one) => block(one, context, depth + 1))}</blockquote>`;
    case 'list':
      return h(
        token.ordered ? 'ol' : 'ul',
        { dir: 'auto', ...(token.ordered && token.start !== 1 ? { start: token.start } : {}) },
        token.items.map((item) => listItem(item, context, depth + 1)),
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

function listItem(item, context, depth) {
  const inside = item.tokens.map((one) => {
    if (one.type === 'text') return one.tokens ? inline(one.tokens, context) : mentions(one.text, context);
    if (one.type === 'checkbox') return null;
    return block(one, context, depth);
  });
  if (!item.task) return html`<li>${inside}</li>`;
  return html`<li class="task"><span role="img" aria-label=${t(item.checked ? 'text.done' : 'text.open')}>${item.checked ? '☑' : '☐'}</span> ${inside}</li>`;
}

const SIDES = { right: 'to-end', center: 'to-middle' };
function table(token, context) {
  if (token.header.length > COLUMNS || token.rows.length > ROWS) return html`<p>${token.raw.trimEnd()}</p>`;
  const cells = (row, tag) => row.map((cell, at) => h(tag, { class: SIDES[token.align[at]] }, inline(cell.tokens, context)));
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
      return html`<code class="ic">${token.text}</code>`;
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
  const { origin, pathname, hash, host } = new URL(safe);
  // A place in here opens in here.
  if (origin === location.origin && pathname.startsWith('/r/')) return html`<a href=${pathname + hash}>${children}</a>`;
  // Where the words are not the address, the address is shown on pointing at them; where they look like another one, its host is at once.
  const title = token.text === address ? undefined : safe;
  const claimed = /^(?:https?:\/\/)?([\w-]+(?:\.[\w-]+)+)/i.exec(token.text?.trim() ?? '')?.[1];
  const other = claimed && host && claimed.toLowerCase() !== host.replace(/:\d+$/, '') && ` (${host})`;
  return html`<a href=${safe} target="_blank" rel="noopener noreferrer nofollow ugc" title=${title}>${children}</a>${other}`;
}

/** Rooms that the reader knows, by name in lower case; the longest first, so that "#team talk" is not "#team". */
const named = computed(() =>
  [...rooms.value.values()]
    .filter(({ name }) => name)
    .map(({ id, name }) => ({ id, name: name.toLowerCase() }))
    .sort((a, b) => b.name.length - a.name.length),
);

/** Words with what they call: people after @, rooms after #. */
function mentions(text, context) {
  if (!/[@#]/.test(text)) return text;
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(/(^|[^\w@#&./-])([@#])(?=([a-z0-9][a-z0-9._-]*)?)/gi)) {
    const at = found.index + found[1].length;
    const node = at < from ? null : found[2] === '@' ? person(found[3], context) : room(text.slice(at + 1));
    if (!node) continue;
    parts.push(text.slice(from, at), node.node);
    from = at + 1 + node.length;
  }
  return from ? [...parts, text.slice(from)] : text;
}

function person(name, context) {
  // A full stop at the end of a sentence is not part of the name.
  while (name && !isName(name, context)) name = /[._-]$/.test(name) ? name.slice(0, -1) : '';
  if (!name) return null;
  const user = context.people.get(name.toLowerCase());
  const mine = user ? user.id === context.me : true;
  return { length: name.length, node: html`<span class=${`at ${mine ? 'at-me' : ''}`} title=${user?.name}>@${name}</span>` };
}

function room(rest) {
  const low = rest.toLowerCase();
  // Only the names as they are now: who reads this is not drawn again whenever something happens in a room.
  const known = named.peek().find(({ name }) => low.startsWith(name) && !/^[\p{L}\p{N}_]/u.test(low.slice(name.length)));
  return known && { length: known.name.length, node: html`<a class="at" href=${`/r/${known.id}`}>#${rest.slice(0, known.name.length)}</a>` };
}

const isName = (name, context) => context.people.has(name.toLowerCase()) || (context.room && /^(room|here)$/i.test(name));

/** @param {{text: string, context: Context, after?: any}} props the whole text of a message, folded when it is long */
export function Text({ text, context, after }) {
  const [open, setOpen] = useState(false);
  // Code folds by itself, so it does not count.
  const prose = withoutCode(text).trim();
  const long = prose.length > FOLD_LENGTH || countOf(prose, /\n/g) >= FOLD_LINES;
  const nodes = blocks(text, context, after);
  if (!long) return nodes;
  return html`<div class=${open ? '' : 'fold'}>${nodes}</div>
    <button type="button" class="more" aria-expanded=${open ? 'true' : 'false'} onClick=${() => setOpen(!open)}>${t(open ? 'text.less' : 'text.more')}</button>`;
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

/** @param {string} text @returns {boolean} one to three emoji and nothing else */
export function onlyEmoji(text) {
  const trimmed = text.trim();
  if (trimmed.length > 40 || !/^(\p{Extended_Pictographic}|\p{Regional_Indicator})/u.test(trimmed)) return false;
  const parts = [...graphemes(trimmed)].map((one) => one.segment).filter((one) => one.trim());
  return (
    parts.length <= 3 && parts.every((one) => /^(\p{Extended_Pictographic}|\p{Regional_Indicator}{2})/u.test(one) && !/^[\d#*]$/.test(one))
  );
}

/** @param {string} text @returns {boolean} whether it has a block that uses the full width */
export const isWide = (text) => /(^|\n)\s*(```|~~~)/.test(text);
