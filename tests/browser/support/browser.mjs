// Chromium, and contexts that remember everything a page complained about.
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A microphone that beeps, and nobody who has to allow it.
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  // A window that is not in front paints all the same.
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
];

/** How long anything may take to show. */
export const DEADLINE = 10_000;

/** @param {string} key hash of the server's public key, so that its certificate counts as good: else nothing is cached */
export const launch = (key) =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...ARGUMENTS, `--ignore-certificate-errors-spki-list=${key}`],
  });

export const DESKTOP = { viewport: { width: 1440, height: 900 } };
export const TABLET = { viewport: { width: 820, height: 1100 } };
/** The smallest window that has to do: also what 200 % zoom leaves of 640 px. */
export const SMALL = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** A visitor who is not signed in is told so by the server, which Chromium prints as an error. */
const USUAL = [/Failed to load resource: .* 401 .*\/api\/v1\/(sync|me)$/];

/**
 * A separate browser profile.
 * @param {import('playwright-core').Browser} browser
 * @param {object} options of newContext, such as DESKTOP
 */
export async function profile(browser, options = DESKTOP) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, colorScheme: 'light', locale: 'en-GB', ...options });
  context.setDefaultTimeout(DEADLINE);
  const complaints = [];
  const allowed = [...USUAL];
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy violation: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`),
    );
  });
  context.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${message.text()} ${message.location().url}`);
  });
  context.on('weberror', (thrown) => complaints.push(String(thrown.error().stack || thrown.error())));
  context.on('dialog', (dialog) => {
    complaints.push(`a native dialog opened: ${dialog.message()}`);
    dialog.dismiss();
  });
  return {
    context,
    /** From here on such errors belong to the story. @param {...RegExp} patterns */
    expect: (...patterns) => allowed.push(...patterns),
    complaints: () => complaints.filter((text) => !allowed.some((pattern) => pattern.test(text))),
  };
}

/** What the network prints when the server is away. */
export const SERVER_AWAY = [
  /ERR_CONNECTION_(REFUSED|RESET|CLOSED)/,
  /WebSocket connection to .* failed/,
  /ERR_EMPTY_RESPONSE/,
  // The service worker, where the server goes while its script is on the way.
  /An unknown error occurred when fetching the script/,
];
/** What Chromium prints for an answer with this status, such as 404 or `4..`. @param {number|string} status */
export const answered = (status) => new RegExp(`Failed to load resource: .* ${status} `);
