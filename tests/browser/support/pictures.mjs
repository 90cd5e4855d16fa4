// A picture of a screen in light and in dark, with what axe and the widths say about it.
import { DESKTOP, PHONE, SMALL, TABLET } from './browser.mjs';
import { inBothLooks } from './axe.mjs';

export const WIDTHS = [
  ['1440', DESKTOP],
  ['820', TABLET],
  ['390', PHONE],
  ['320', SMALL],
];

/**
 * @param {string} device such as `390`, for the names of the files
 * @returns {{shot: (person: any, name: string) => Promise<void>, found: string[]}} `found` grows by all that is wrong
 */
export function camera(device) {
  const found = [];
  const shot = async (person, name) => {
    for (const colorScheme of ['light', 'dark']) {
      await person.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await person.isPhotographed(`${name}-${device}-${colorScheme}`);
    }
    found.push(...(await person.tooWide()).map((what) => `${name}, ${device} px: ${what}`));
    // The widths between have no part that these two have not.
    if (/^(1440|320)$/.test(device)) found.push(...(await inBothLooks(person.page, `${name}, ${device} px`)));
  };
  return { shot, found };
}
