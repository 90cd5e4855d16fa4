// What a file is to a person, and what is said of a message that holds nothing else.
import { plain } from './text.js';
import { t } from './i18n.js';

/** @typedef {{id: string, name: string, type: string, size: number, width: number|null, height: number|null, url: string, thumb: string|null, duration_ms: number|null, waveform: number[]|null}} File */

/** @param {File} file @returns {'image'|'video'|'voice'|'audio'|'other'} */
export const kindOf = ({ type, waveform }) =>
  /^audio\//.test(type) && waveform ? 'voice' : (/^(image|video|audio)\//.exec(type)?.[1] ?? 'other');

/** @param {{text: string, files?: File[]}} message @returns {string} its words in one line, else what files it has */
export function gist({ text, files }) {
  if (text || !files?.length) return plain(text);
  const [file] = files;
  return files.length > 1 ? t('file.said.many', { n: files.length }) : t(`file.said.${kindOf(file)}`, { name: file.name });
}
