// The words of a message that is being edited: kept in this window, so that a reload does not cost them.

const NAME = 'snug.edit';

/** @param {{room: number, thread: number|null, id: number, text: string}|null} edit */
export function keepEdit(edit) {
  try {
    if (edit) sessionStorage.setItem(NAME, JSON.stringify(edit));
    else sessionStorage.removeItem(NAME);
  } catch {
    // Without storage an edit lasts as long as its page.
  }
}

/** @returns {{room: number, thread: number|null, id: number, text: string}|null} */
export function keptEdit() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME));
  } catch {
    return null;
  }
}
