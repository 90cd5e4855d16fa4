// A list of the administration that comes page by page.
import { useEffect, useRef, useState } from '../../view.js';
import { api } from '../../api.js';
import { sentence } from '../basics.js';

/** While somebody types, the last word counts. */
const TYPING = 200;

/**
 * The first page is asked for when the section opens and whenever the path changes; of several answers the last one asked for counts.
 * @param {string} path of the first page, with its query
 * @param {string} list what a page calls its entries; the people beside them (`users`) are kept, too
 * @param {{mark?: string, typing?: boolean}} [how] `mark`: the parameter for the next page,
 *   `typing`: the path has what somebody types
 * @returns {{page: any, error: string, more: (() => Promise<void>)|null, again: () => Promise<void>}}
 *   `page`: the last one, with the entries of all of them, or null before the first
 */
export function usePaged(path, list, { mark = 'cursor', typing = false } = {}) {
  const [page, setPage] = useState(null);
  const [error, setError] = useState('');
  const turns = useRef(0);
  const load = async (next) => {
    const turn = ++turns.current;
    try {
      const found = await api('GET', next ? `${path}&${mark}=${next}` : path);
      if (turn !== turns.current) return;
      setPage((before) => (next ? joined(before, found, list) : found));
      setError('');
    } catch (problem) {
      if (turn === turns.current) setError(sentence(problem));
    }
  };
  useEffect(() => {
    const timer = setTimeout(load, typing ? TYPING : 0);
    return () => clearTimeout(timer);
  }, [path]);
  return { page, error, more: page?.next ? () => load(page.next) : null, again: () => load() };
}

const joined = (before, found, list) => {
  const names = new Set([list, 'users'].filter((name) => found[name]));
  return { ...found, ...Object.fromEntries([...names].map((name) => [name, [...before[name], ...found[name]]])) };
};
