import { make } from './make.js';

/** Words between backquotes are code. @param {string} text @returns {(Node|string)[]} */
export const said = (text) => text.split('`').map((part, at) => (at % 2 ? make('code', {}, part) : part));
