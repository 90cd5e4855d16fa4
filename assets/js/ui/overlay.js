// Draws what lies on top: dialogs, the open menu, toasts; and holds the two dialogs that every page may need.
import { h, html, useLayoutEffect, useRef, useState } from '../view.js';
import { closeToast, dialogs, menu, toasts } from '../layers.js';
import { t } from '../i18n.js';
import { touch } from '../look.js';
import { ErrorLine, Icon, sentence } from './basics.js';
import { place } from './place.js';

/** Everything that lies on top, once per page. */
export function Overlay() {
  return html`${dialogs.value.map((one) => h(one.Component, { key: one.id, ...one.props }))}
    ${menu.value && html`<section key="menu" aria-label=${t('menu.label')}><${Menu} ...${menu.value} /></section>`}
    <${Toasts} />`;
}

/** For a native dialog: opens it as long as it is drawn, and gives the focus back. @returns {{current: HTMLDialogElement|null}} its ref */
export function useModal() {
  const box = useRef(null);
  useLayoutEffect(() => {
    const dialog = box.current;
    const opener = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (document.activeElement !== document.body) return;
      // A room that came while the dialog lay over it could not take the focus.
      const back = opener?.isConnected && opener !== document.body ? opener : !touch.value && document.querySelector('.comp textarea');
      if (back) back.focus();
    };
  }, []);
  return box;
}

/**
 * A modal dialog: native, so that focus stays inside and comes back.
 * @param {{label: string, close: () => void, middle?: boolean, kind?: string, children: any, stay?: boolean}} props `stay`: cannot be dismissed
 */
export function Dialog({ label, close, middle, kind = '', children, stay }) {
  const box = useModal();
  const cancel = (event) => {
    event.preventDefault();
    if (!stay) close();
  };
  const outside = (event) => {
    if (event.target === box.current && !stay) close();
  };
  return html`<dialog ref=${box} class=${middle ? 'mid' : ''} aria-label=${label} onCancel=${cancel} onMouseDown=${outside}>
    <div class=${`dlg ${kind}`}>${children}</div>
  </dialog>`;
}

/** Head of a form dialog: title, sentence, close button. */
export const DialogHead = ({ title, text, close }) => html`<header>
  <div><h2>${title}</h2>${text && html`<p>${text}</p>`}</div>
  <button type="button" class="ib" aria-label=${t('action.close')} onClick=${close}><${Icon} name="x" /></button>
</header>`;

/** Asks before something that cannot be undone; the button carries the verb. */
export function Confirm({ title, text, verb, danger, run, close }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const go = async () => {
    setBusy(true);
    setError('');
    try {
      await run();
      close();
    } catch (problem) {
      setError(sentence(problem));
      setBusy(false);
    }
  };
  return html`<${Dialog} label=${title} close=${close} middle=${true} kind="form sm">
    <header><div><h2>${title}</h2><p>${text}</p></div></header>
    <${ErrorLine} error=${error} />
    <div class="acts">
      <button type="button" class="btn btn-q" autofocus onClick=${close}>${t('action.cancel')}</button>
      <button type="button" class=${`btn ${danger ? 'btn-danger' : 'btn-p'}`} disabled=${busy} onClick=${go}>${verb}</button>
    </div>
  </${Dialog}>`;
}

/** The session was ended from elsewhere; drafts stay on this device. */
export function Ended({ again }) {
  return html`<${Dialog} label=${t('ended.title')} close=${() => {}} middle=${true} stay=${true} kind="form sm">
    <header><div><h2>${t('ended.title')}</h2><p>${t('ended.text')}</p></div></header>
    <div class="acts"><button type="button" class="btn btn-p" autofocus onClick=${again}>${t('ended.again')}</button></div>
  </${Dialog}>`;
}

function Menu({ anchor, items, label, sheet }) {
  const box = useRef(null);
  const close = () => (menu.value = null);
  useLayoutEffect(() => {
    const list = box.current;
    list.showPopover();
    if (!sheet) place(list, anchor);
    list.querySelector('[role=menuitem]')?.focus({ focusVisible: false });
    // The finger that opened a sheet is still down: lifting it would dismiss an automatic popover.
    const outside = (event) => sheet && !list.contains(event.target) && close();
    document.addEventListener('pointerdown', outside);
    const toggled = (event) => event.newState === 'closed' && menu.value?.anchor === anchor && close();
    list.addEventListener('toggle', toggled);
    return () => {
      document.removeEventListener('pointerdown', outside);
      list.removeEventListener('toggle', toggled);
      const inside = list.contains(document.activeElement) || document.activeElement === document.body;
      if (list.matches(':popover-open')) list.hidePopover();
      if (inside && anchor.isConnected) anchor.focus({ preventScroll: true });
    };
  }, [anchor]);
  const onKeyDown = (event) => {
    const all = [...box.current.querySelectorAll('[role=menuitem]')];
    const at = all.indexOf(document.activeElement);
    // In a row of several the next is beside, and up and down leave the row.
    const row = document.activeElement?.closest('.mrow');
    const inRow = row ? [...row.children] : [document.activeElement];
    const beside = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const forth = beside && (document.documentElement.dir === 'rtl' ? -beside : beside);
    const to = forth ? row && at + forth : { ArrowDown: all.indexOf(inRow.at(-1)) + 1, ArrowUp: all.indexOf(inRow[0]) - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined && to !== null) {
      event.preventDefault();
      all.at(to % all.length)?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };
  const run = (item) => {
    close();
    // After the focus went back, so that what the action opens can take it.
    requestAnimationFrame(() => item.run());
  };
  return html`<div class=${`menu ${sheet ? 'sheetmenu' : ''}`} role="menu" popover=${sheet ? 'manual' : 'auto'} aria-label=${label} ref=${box} onKeyDown=${onKeyDown}>
    ${items.map((item, index) =>
      item === null
        ? html`<hr key=${index} />`
        : item.row
          ? html`<div key=${index} class="mrow">${item.row.map((one) => html`<button key=${one.glyph} type="button" role="menuitem" tabindex="-1" class=${one.pressed ? 'on' : ''} aria-label=${one.label} onClick=${() => run(one)}><span class="e">${one.glyph}</span></button>`)}</div>`
          : html`<button key=${index} type="button" role="menuitem" tabindex="-1" class=${item.danger ? 'danger' : ''} onClick=${() => run(item)}>
          ${item.icon && html`<${Icon} name=${item.icon} />`}${item.label}${item.hint && html`<kbd aria-hidden="true">${item.hint}</kbd>`}
        </button>`,
    )}
  </div>`;
}

function Toasts() {
  if (!toasts.value.length) return null;
  return html`<div class="toasts">
    ${toasts.value.map(
      (one) => html`<div class="toast" key=${one.id} role=${one.error ? 'alert' : 'status'}>
      <span>${one.text}</span>
      ${one.action && html`<button type="button" onClick=${() => (closeToast(one.id), one.action.run())}>${one.action.label}</button>`}
      <button type="button" class="ib" aria-label=${t('action.close')} onClick=${() => closeToast(one.id)}><${Icon} name="x" size="s" /></button>
    </div>`,
    )}
  </div>`;
}
