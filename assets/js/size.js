// How much a message may hold, counted as the server counts: characters, and bytes.

export const LONGEST = 16_000;
export const LARGEST = 32 * 1024;

/** @param {string} text @returns {number} characters; an emoji of one sign is one */
export const lengthOf = (text) => (text.length > LONGEST / 2 ? [...text].length : text.length);

/** @param {string} text @returns {number} bytes; what is small for certain is not measured */
export const bytesOf = (text) => (text.length * 3 <= LARGEST ? 0 : new TextEncoder().encode(text).length);

/** @param {string} text @returns {boolean} */
export const fits = (text) => lengthOf(text) <= LONGEST && bytesOf(text) <= LARGEST;
