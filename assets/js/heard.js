// Who wants to hear of each message of others as it arrives, such as notifications, which come later than the first view.

/** @type {Set<(message: any, room: any) => void>} */
const listeners = new Set();

/** @param {(message: any, room: any) => void} listener */
export const onMessage = (listener) => listeners.add(listener);

/** @param {any} message @param {any} room with one's own side of it */
export const heard = (message, room) => listeners.forEach((listener) => listener(message, room));
