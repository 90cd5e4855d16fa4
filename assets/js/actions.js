// What several places can start: dialogs, invitations, opening a conversation; each fetched when used.
import { api } from './api.js';
import { go } from './router.js';
import { lazy, signal, withPart } from './view.js';
import { dialogs, openDialog, toast } from './layers.js';
import { keep, recall } from './keep.js';
import { markEverythingRead } from './reading.js';
import { dropRoom, me, putRoom, rooms } from './state.js';
import { sentence } from './ui/basics.js';
import { t } from './i18n.js';

const Switcher = lazy(() => import('./ui/switcher.js').then((m) => m.Switcher), 'panels');
const NewRoom = lazy(() => import('./ui/new.js').then((m) => m.NewRoom), 'panels');
const NewDirect = lazy(() => import('./ui/new.js').then((m) => m.NewDirect), 'panels');
const AddMembers = lazy(() => import('./ui/new.js').then((m) => m.AddMembers), 'panels');
const Invite = lazy(() => import('./ui/invite.js').then((m) => m.Invite), 'panels');
const Confirm = lazy(() => import('./ui/overlay.js').then((m) => m.Confirm), 'panels');
const Shortcuts = lazy(() => import('./ui/shortcuts.js').then((m) => m.Shortcuts), 'panels');
const PersonCard = lazy(() => import('./ui/person.js').then((m) => m.PersonCard), 'panels');
const StatusDialog = lazy(() => import('./ui/status.js').then((m) => m.StatusDialog), 'panels');
const JumpToDate = lazy(() => import('./ui/jumpdate.js').then((m) => m.JumpToDate), 'panels');
const Reactors = lazy(() => import('./ui/reactors.js').then((m) => m.Reactors), 'panels');
const History = lazy(() => import('./ui/history.js').then((m) => m.History), 'panels');
const PinList = lazy(() => import('./ui/pinlist.js').then((m) => m.PinList), 'panels');
const SeenBy = lazy(() => import('./ui/seenby.js').then((m) => m.SeenBy), 'panels');
const FileList = lazy(() => import('./ui/files/list.js').then((m) => m.FileList), 'panels', 'files');
const EditRoom = lazy(() => import('./ui/new.js').then((m) => m.EditRoom), 'panels');

/** Whether the room's details are open. */
export const details = signal(false);
/** The message being answered or edited, per room: {room, reply?: message, edit?: message}. */
export const composing = signal(null);

/** Opens a dialog of a kind unless one of that kind is open. */
const once = (Component, props) => {
  if (!dialogs.value.some((one) => one.Component === Component)) openDialog(Component, props);
};

export const actions = {
  switcher: () => once(Switcher),
  shortcuts: () => once(Shortcuts),
  /** Finding what was said. @param {{query?: string, room?: any}} [how] */
  search: (how) => withPart(import('./search.js'), (module) => module.openSearch(how)),
  newRoom: () => once(NewRoom),
  newDirect: () => once(NewDirect),
  addMembers: (room) => once(AddMembers, { room }),
  editRoom: (room) => once(EditRoom, { room }),
  /** The card of somebody. @param {number} id */
  person: (id) => once(PersonCard, { id }),
  /** What one says of oneself at the moment. */
  status: () => once(StatusDialog),
  /** @param {any} room @param {number} [at] the day to begin with */
  jumpToDate: (room, at) => once(JumpToDate, { room, at }),
  /** Who gave which emoji. @param {any} message */
  reactions: (message) => once(Reactors, { message }),
  /** What a message said before. @param {any} message */
  history: (message) => once(History, { message }),
  /** What came with a message. @param {any} message */
  files: (message) => once(FileList, { message }),
  /** All that a room holds up. @param {any} room */
  pins: (room) => once(PinList, { room: room.id }),
  /** @param {any} [room] where the invited person lands */
  invite: (room) => once(Invite, { room: room?.id ? room : null }),
  /** Asks, then marks everything read. */
  readAll: () => {
    const unread = [...rooms.value.values()].filter((room) => room.me?.unread).length;
    if (unread)
      actions.confirm({ title: t('readall.title'), text: t('readall.text', { n: unread }), verb: t('readall.verb'), run: markEverythingRead });
  },
  /** @param {any} message */
  seenBy: (message) => once(SeenBy, { message }),
  mayInvite: () => ['owner', 'admin'].includes(me.value?.role),
  /** @param {{title: string, text: string, verb: string, danger?: boolean, run: () => Promise<any>}} ask the verb is what the button says */
  confirm: (ask) => openDialog(Confirm, ask),
};

/** Opens the direct with these people, made if there is none. @param {number[]} users */
export async function openDirect(users) {
  const room = await api('POST', '/directs', { users });
  if (!rooms.value.has(room.id)) putRoom(room);
  go(`/r/${room.id}`);
  return room;
}

/** Runs something that may fail and says so if it does. @param {() => Promise<any>} run @returns {Promise<any>} */
export async function attempt(run) {
  try {
    return await run();
  } catch (error) {
    toast(sentence(error), { error: true });
    return null;
  }
}

/** The room last looked at. */
export const lastRoom = {
  get: () => recall(`${me.value?.id}.last`),
  set: (room) => keep(`${me.value?.id}.last`, room),
};

/** Goes away from a room that is mine no longer; the event that says so may come later. @param {number} room */
export function forgetRoom(room) {
  details.value = false;
  dropRoom(room);
  go('/', { replace: true });
}

/** @param {any} room */
export function leaveRoom(room) {
  actions.confirm({
    title: t('leave.title', { room: room.name }),
    text: t(room.kind === 'private' ? 'leave.text.private' : 'leave.text'),
    verb: t('leave.verb'),
    danger: true,
    run: async () => {
      await api('POST', `/rooms/${room.id}/leave`);
      forgetRoom(room.id);
    },
  });
}
