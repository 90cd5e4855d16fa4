// Turns messages into rows: days, the line "new since", notes, and groups of one author.
import { sameDay } from './time.js';

const GROUP_GAP = 5 * 60_000;

/**
 * @param {any[]} items messages of the server, oldest first
 * @param {any[]} pending entries of the outbox
 * @param {number} me
 * @param {{after: number, at: number}|null} fresh where the line stands: before the first message of others after it
 * @param {number} [thread] its root, when these are the answers of one
 * @returns {any[]} rows with stable keys
 */
export function rowsOf(items, pending, me, fresh, thread = 0) {
  const rows = [];
  let group = null;
  let note = null;
  let last = 0;
  let lineDone = !fresh;
  const own = pending.map((entry) => ({ ...entry, key: entry.nonce, user: me, kind: 'text', pending: true, mentions: entry.mentions ?? [] }));
  for (const message of own.length ? [...items, ...own] : items) {
    if ((message.thread ?? 0) !== thread) continue;
    if (!last || !sameDay(last, message.at)) {
      rows.push({ type: 'day', key: `day-${new Date(message.at).toDateString()}`, at: message.at });
      group = note = null;
    }
    last = message.at;
    if (!lineDone && !message.pending && message.kind === 'text' && message.id > fresh.after && message.user !== me) {
      rows.push({ type: 'new', key: 'new', at: message.at });
      group = note = null;
      lineDone = true;
    }
    if (message.kind !== 'text') {
      group = null;
      if (note) note.notices.push(message);
      else rows.push((note = { type: 'note', key: `note-${message.key}`, notices: [message] }));
      continue;
    }
    note = null;
    if (group && group.user === message.user && message.at - group.at < GROUP_GAP) {
      group.messages.push(message);
      group.at = message.at;
    } else {
      group = { type: 'group', key: message.key, user: message.user, own: message.user === me, at: message.at, messages: [message] };
      rows.push(group);
    }
  }
  return rows;
}
