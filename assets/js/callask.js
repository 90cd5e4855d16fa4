// Asks once before many people are called at the same time.
import { lazy } from './view.js';
import { openDialog } from './layers.js';
import { allows, loadMembers, me, presenceOf } from './state.js';

/** Up to so many are called without a question. */
const FEW = 10;
const AskCall = lazy(() => import('./ui/askcall.js').then((module) => module.AskCall), 'panels');

/** @param {any} room @returns {boolean} whether one may call everybody there */
export const mayCall = (room) => room.kind !== 'direct' && allows(room, 'call');

/**
 * @param {any} room where it is to be said
 * @param {string} text
 * @returns {Promise<boolean>} whether it may be sent
 */
export async function confirmCall(room, text) {
  const called = new Set([...text.matchAll(/(?<![\p{L}\p{N}@])@(room|here)(?![\w-]|\.\w)/giu)].map((found) => found[1].toLowerCase()));
  if (!called.size || room.member_count - 1 <= FEW) return true;
  const count = called.has('room') ? room.member_count - 1 : await hereCount(room);
  if (count <= FEW) return true;
  return new Promise((answer) => openDialog(AskCall, { count, answer }));
}

async function hereCount(room) {
  const members = await loadMembers(room.id).catch(() => []);
  return members.filter(({ user }) => user.id !== me.value.id && presenceOf(user.id) !== 'offline').length;
}
