// axe-core, for stories that open a screen.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** @returns {Promise<string[]>} what axe finds, one line each */
export async function violations(page, where) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const found = await page.evaluate(async () => {
    // Half-faded things have no contrast of their own.
    await Promise.all(document.getAnimations().filter((one) => one.effect.getComputedTiming().endTime < 2000).map((one) => one.finished.catch(() => {})));
    const { violations, passes } = await window.axe.run(document, { resultTypes: ['violations'] });
    if (passes.length < 10) throw new Error(`axe found only ${passes.length} rules to try`);
    return violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ target, any, all, none }) => `${target.join(' ')} ${[...any, ...all, ...none].map(({ message }) => message).join('; ')}`) }));
  });
  return found.map(({ id, help, nodes }) => `${where}: ${id} (${help}): ${nodes.slice(0, 3).join(' | ')}${nodes.length > 3 ? ` and ${nodes.length - 3} more` : ''}`);
}

/** axe is brought in by a script, which the policy of the page forbids; only here it is put aside. */
export const device = (base) => ({ ...base, bypassCSP: true, reducedMotion: 'reduce' });

/** @returns {Promise<string[]>} likewise, in light and dark */
export async function inBothLooks(page, where) {
  const found = [];
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await violations(page, `${where}, ${colorScheme}`)));
  }
  return found;
}
