// The files of a room as the drawer has them: asked for in pages, and kept true by what happens in the room.
import { useEffect, useRef, useState } from '../../view.js';
import { api } from '../../api.js';
import { kindOf } from '../../kinds.js';
import { addUsers } from '../../state.js';
import { timelineOf } from '../../timeline.js';
import { sentence } from '../basics.js';

const MOST = 200;
const KINDS = { image: ['image'], media: ['video', 'audio', 'voice'], other: ['other'] };
/** @param {any} file @param {string} type @returns {boolean} */
const fits = (file, type) => !KINDS[type] || KINDS[type].includes(kindOf(file));

/**
 * @param {any} room @param {string} type '', 'image', 'media' or 'other' @param {number} page how many at once
 * @returns {{list: {file: any, message: number, user: number, at: number}[]|null, next: any, error: string, more: () => void, again: () => void, drop: (id: string) => void}}
 */
export function useRoomFiles(room, type, page) {
  const [shown, setShown] = useState({ list: null, next: null });
  const [error, setError] = useState('');
  const asked = useRef(0);
  const busy = useRef(false);
  const { list, next } = shown;

  const load = async (cursor, limit = page) => {
    const mine = cursor ? asked.current : ++asked.current;
    setError('');
    busy.current = true;
    try {
      const query = `limit=${limit}${type ? `&type=${type}` : ''}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const got = await api('GET', `/rooms/${room.id}/files?${query}`);
      if (mine !== asked.current) return;
      addUsers(got.users);
      setShown((before) => ({ list: cursor ? [...before.list, ...got.files] : got.files, next: got.next }));
    } catch (problem) {
      if (mine === asked.current) setError(sentence(problem));
    } finally {
      busy.current = false;
    }
  };
  useEffect(() => {
    setShown({ list: null, next: null });
    load();
    return () => asked.current++;
  }, [room.id, type]);

  // What the conversation shows as deleted is gone here, what is new there comes here.
  const line = timelineOf(room.id);
  const items = line.items.value;
  useEffect(() => {
    if (!list) return;
    const there = new Map(items.map((message) => [message.id, message]));
    const left = list.filter(({ file, message }) => !there.has(message) || there.get(message).files?.some(({ id }) => id === file.id));
    if (left.length < list.length) setShown({ list: left, next });
    const newest = list[0]?.message ?? 0;
    if (items.some((message) => message.id > newest && message.files?.some((file) => fits(file, type)))) load(undefined, Math.min(MOST, Math.max(page, list.length)));
  }, [items]);

  return {
    list,
    next,
    error,
    more: () => next && !busy.current && load(next),
    again: () => load(list?.length ? next : undefined),
    drop: (id) => setShown((before) => ({ ...before, list: before.list.filter(({ file }) => file.id !== id) })),
  };
}
