// Suggestions in the composer: people after "@", rooms after "#", emoji after ":".
import { html, useRef, useState } from '../view.js';
import { fold } from '../fold.js';
import { t } from '../i18n.js';

/** Who knows the answers is not needed before somebody types a sign. */
const answers = () => import('./suggestions.js');
/** What may stand before the caret: the sign, and what was typed after it. */
const KINDS = [
  { name: 'label', pattern: /(?:^|[\s(])@([\w.-]{0,32})$/ },
  { name: 'rooms', pattern: /(?:^|[\s(])#([^\s#@][^#@\n]{0,40}|)$/ },
  { name: 'emoji', pattern: /(?:^|[\s(])(:[a-z][a-z0-9_+-]{1,30})$/i },
];
const SHORTCODE = /(?:^|[\s(]):([a-z0-9_+-]{1,40}):$/i;

/**
 * @param {any} room
 * @param {{current: HTMLTextAreaElement|null}} box
 * @param {(text: string, caret: number) => void} change
 */
export function useSuggestions(room, box, change) {
  const [found, setFound] = useState(null);
  const [at, setAt] = useState(0);
  const closed = useRef('');

  const close = () => setFound(null);
  const beforeCaret = () => box.current?.value.slice(0, box.current.selectionStart);
  const replace = (from, to, words) => change(box.current.value.slice(0, from) + words + box.current.value.slice(to), from + words.length);
  const look = async () => {
    const before = beforeCaret();
    const code = SHORTCODE.exec(before)?.[1];
    if (code) {
      close();
      const sign = await answers().then(({ emojiCalled }) => emojiCalled(code)).catch(() => null);
      // Whoever types on is not held up, and finds the words as they were.
      if (sign && beforeCaret() === before) replace(before.length - code.length - 2, before.length, sign);
      return;
    }
    // The sign next to the caret counts: names of rooms may hold blanks, and another sign after them.
    const [kind, typed] = KINDS.map((one) => [one, one.pattern.exec(before)?.[1]])
      .filter(([, after]) => after !== undefined)
      .sort(([, one], [, other]) => one.length - other.length)[0] ?? [];
    if (!kind || closed.current === before) return close();
    const options = await answers().then(({ find }) => find[kind.name](typed, room)).catch(() => []);
    if (beforeCaret() !== before) return;
    const from = before.length - typed.length - (typed.startsWith(':') ? 0 : 1);
    // What was typed to its end needs no suggestion, and Enter shall send.
    const complete = options.some((option) => fold(option.words) === fold(before.slice(from)));
    setFound(options.length && !complete ? { options, from, to: before.length, label: t(`suggest.${kind.name}`) } : null);
    setAt(0);
  };
  const take = (option) => {
    // Whoever typed on while the list was looked for meant this one all the same.
    replace(found.from, Math.max(found.to, box.current.selectionStart), `${option.words} `);
    option.taken?.();
    close();
    box.current.focus();
  };
  /** @returns {boolean} whether the key was meant for the list */
  const key = (event) => {
    if (!found) return false;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) setAt((at + move + found.options.length) % found.options.length);
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') take(found.options[at]);
    else if (event.key === 'Escape') {
      closed.current = beforeCaret();
      close();
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { open: Boolean(found), options: found?.options ?? [], label: found?.label, at, look, close, take, key };
}

/** @param {{suggest: ReturnType<typeof useSuggestions>}} props */
export function Suggestions({ suggest }) {
  if (!suggest.open) return null;
  return html`<div class="suggest" id="suggest" role="listbox" aria-label=${suggest.label}>
    ${suggest.options.map(
      (
        one,
        index,
      ) => html`<div key=${one.key} class="opt" id=${`suggest-${index}`} role="option" aria-selected=${index === suggest.at ? 'true' : 'false'}
      onMouseDown=${(event) => (event.preventDefault(), suggest.take(one))}>
      ${one.sign}<span>${one.name}</span><span class="sub">${one.sub}</span>
    </div>`,
    )}
  </div>`;
}
