// Comparing words as people type them: without case and without accents.

/** @param {string} text @returns {string} */
export const fold = (text) =>
  text
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();
