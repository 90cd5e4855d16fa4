// Waiting for what must come, with a deadline and without sleeping.
import assert from 'node:assert/strict';
import { DEADLINE } from './browser.mjs';

/** Waits until what a function gives fits. @param {() => Promise<any>|any} ask @param {(value: any) => boolean} fits @param {string} what */
export async function until(ask, fits, what, deadline = DEADLINE) {
  const end = Date.now() + deadline;
  let value;
  for (;;) {
    value = await ask();
    if (fits(value)) return value;
    if (Date.now() > end) assert.fail(`${what}: still ${JSON.stringify(value)}`);
    await new Promise((next) => setTimeout(next, 25));
  }
}

/** @param {import('playwright-core').Locator} locator @param {string|RegExp} text */
export const expectLocator = (locator, text) =>
  until(
    () => locator.innerText({ timeout: DEADLINE }).catch((error) => `(${error.message.split('\n')[0]})`),
    (found) => (text instanceof RegExp ? text.test(found) : found.includes(text)),
    `expected ${text}`,
  );

/** @param {import('playwright-core').Page} page @param {RegExp} pattern */
export const expectTitle = (page, pattern) => until(() => page.title(), (title) => pattern.test(title), `title like ${pattern}`);

/** Waits for an element to have the focus. @param {import('playwright-core').Locator} locator */
export const expectFocus = (locator, what = 'focus', deadline) =>
  until(() => locator.evaluate((one) => one === document.activeElement), Boolean, what, deadline);
