// The field of the search: a combobox that completes filters.
import { html, useEffect, useRef, useState } from '../../view.js';
import { openDialog } from '../../layers.js';
import { LONGEST } from '../../search/asked.js';
import { everywhere, here, opened } from '../../search/completions.js';
import { t } from '../../i18n.js';
import { Icon } from '../basics.js';
import { PickDay } from '../jumpdate.js';

const PAUSE = 150;

/**
 * @param {{text: string, change: (text: string) => void, enter: () => void, down: () => boolean, leave: () => void, hands: {current: any}}} props
 *   `down`: the focus goes on to what was found; `hands` gets `write(text)`, which puts words at the end and goes on there
 */
export function Field({ text, change, enter, down, leave, hands }) {
  const input = useRef(null);
  const [open, setOpen] = useState(null);
  const [at, setAt] = useState(0);
  const timer = useRef(0);
  /** Where the caret goes once the words are in the field. */
  const caret = useRef(null);
  const close = () => {
    clearTimeout(timer.current);
    setOpen(null);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (caret.current === null) return;
    input.current.focus();
    input.current.setSelectionRange(caret.current, caret.current);
    caret.current = null;
    look();
  }, [text]);

  const before = () => input.current.value.slice(0, input.current.selectionStart);
  /** What was typed to its end needs no completion. */
  const look = () => {
    clearTimeout(timer.current);
    const typed = input.current && before();
    const now = typed ? opened(typed) : null;
    if (!now) return setOpen(null);
    const show = (options) => setOpen({ ...now, options: options.some(({ words }) => words.toLowerCase() === typed.slice(now.from).toLowerCase()) ? [] : options });
    show(here(now));
    setAt(0);
    timer.current = setTimeout(async () => {
      const options = await everywhere(now);
      if (options && input.current && before() === typed) show(options);
    }, PAUSE);
  };
  const replace = (from, to, words) => {
    caret.current = from + words.length;
    const next = text.slice(0, from) + words + text.slice(to);
    if (next === text) look();
    change(next);
  };
  const take = (option) => {
    const to = input.current.selectionStart;
    const from = open.from;
    close();
    if (!option.pick) return replace(from, to, `${option.words} `);
    openDialog(PickDay, { chosen: (day) => replace(from, to, `${option.words}${day} `) });
  };
  hands.current = {
    focus: () => input.current?.focus(),
    select: () => (input.current?.focus(), input.current?.select()),
    write: (words) => {
      const start = text && !/\s$/.test(text) ? `${text} ` : text;
      caret.current = start.length + words.length;
      change(start + words);
    },
  };

  const options = open?.options ?? [];
  const chosen = options[Math.min(at, options.length - 1)];
  const onKeyDown = (event) => {
    if (event.isComposing) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (options.length && move) {
      const to = (Math.min(at, options.length - 1) + move + options.length) % options.length;
      setAt(to);
      document.getElementById(`find-${to}`)?.scrollIntoView({ block: 'nearest' });
    } else if (options.length && (event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey) take(chosen);
    else if (options.length && event.key === 'Escape') close();
    else if (event.key === 'ArrowDown') down();
    else if (event.key === 'Enter') enter();
    else if (event.key === 'Escape' && !event.shiftKey) leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="findbox">
    <div class="fld" onMouseDown=${(event) => event.target !== input.current && !event.target.closest('button') && (event.preventDefault(), input.current.focus())}>
      <${Icon} name="search" size="s" />
      <input id="find" ref=${input} value=${text} type="text" dir="auto" role="combobox" aria-label=${t('search.label')} placeholder=${t('search.placeholder')} maxlength=${LONGEST}
        aria-expanded=${options.length ? 'true' : 'false'} aria-controls="find-list" aria-autocomplete="list" aria-activedescendant=${chosen ? `find-${options.indexOf(chosen)}` : null}
        autocomplete="off" autocapitalize="off" spellcheck=${false} inputmode="search" enterkeyhint="search"
        onInput=${(event) => (change(event.currentTarget.value), look())} onKeyDown=${onKeyDown} onClick=${look} onBlur=${close} />
      ${text && html`<button type="button" class="ib" aria-label=${t('search.clear')} onClick=${() => ((caret.current = 0), change(''))}><${Icon} name="x" size="s" /></button>`}
    </div>
    <div class="finds-c" id="find-list" role=${options.length ? 'listbox' : null} aria-label=${options.length ? open.label : null} hidden=${!options.length}>
      ${options.map(
        (one, index) => html`<div key=${one.key} class="opt" id=${`find-${index}`} role="option" aria-selected=${one === chosen ? 'true' : 'false'} onMouseDown=${(event) => (event.preventDefault(), take(one))}>
        ${one.sign}<span>${one.name}</span><span class="sub">${one.sub}</span>
      </div>`,
      )}
    </div>
  </div>`;
}
