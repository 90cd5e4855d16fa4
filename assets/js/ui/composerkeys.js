// Puts marks such as ** around what is selected, or takes them off.

/** @param {HTMLTextAreaElement} box @param {string} mark @param {(text: string) => void} change */
export function wrap(box, mark, change) {
  const { selectionStart: start, selectionEnd: end, value } = box;
  const inside = value.slice(start, end);
  const marked = value.slice(start - mark.length, start) === mark && value.slice(end, end + mark.length) === mark;
  const text = marked
    ? value.slice(0, start - mark.length) + inside + value.slice(end + mark.length)
    : value.slice(0, start) + mark + inside + mark + value.slice(end);
  const shift = marked ? -mark.length : mark.length;
  change(text);
  requestAnimationFrame(() => box.setSelectionRange(start + shift, end + shift));
}
