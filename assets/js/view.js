// The view library, bound once, so that every component imports from one place.
import { h, render, Fragment } from '../vendor/preact.mjs';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from '../vendor/hooks.mjs';
import { batch, computed, effect, signal } from '../vendor/signals-core.mjs';
// Imported for its effect: components that read a signal are drawn again when it changes.
import { useComputed, useSignal } from '../vendor/signals.mjs';
import htm from '../vendor/htm.mjs';

/** @type {(strings: TemplateStringsArray, ...values: unknown[]) => any} */
export const html = htm.bind(h);
export { h, render, Fragment, useEffect, useLayoutEffect, useMemo, useRef, useState };
export { batch, computed, effect, signal, useComputed, useSignal };

const sheets = new Map();
let loadFailed = () => {};
/** @param {() => void} callback called when a part of the page cannot be fetched */
export const onLoadFailed = (callback) => (loadFailed = callback);
/** Does something with what is fetched for it. @param {Promise<any>} loading @param {(module: any) => void} run */
export const withPart = (loading, run) => loading.then(run, () => loadFailed());

/**
 * Loads a style sheet that the first view does not need; resolves when it counts.
 * @param {string} name file name in css/ without its ending
 * @returns {Promise<void>}
 */
export function loadSheet(name) {
  if (!sheets.has(name)) {
    sheets.set(
      name,
      new Promise((done) => {
        const link = document.createElement('link');
        link.rel = 'stylesheet';
        link.href = new URL(`../css/${name}.css`, import.meta.url).href;
        link.onload = link.onerror = () => done();
        document.head.append(link);
      }),
    );
  }
  return sheets.get(name);
}

/**
 * A component whose module and style sheets are fetched when it is first drawn.
 * @param {() => Promise<any>} load resolves to the component
 * @param {...string} names style sheets it needs
 */
export function lazy(load, ...names) {
  let Component = null;
  let loading = null;
  return function Lazy(props) {
    const [, redraw] = useState(0);
    useEffect(() => {
      if (Component) return;
      loading ??= Promise.all([load(), ...names.map(loadSheet)]).then(([loaded]) => (Component = loaded));
      let here = true;
      loading.then(
        () => here && redraw(1),
        () => {
          loading = null;
          loadFailed();
          if (here) props.close?.();
        },
      );
      return () => (here = false);
    }, []);
    return Component ? h(Component, props) : null;
  };
}
