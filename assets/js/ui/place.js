// Where a menu or a small window goes that belongs to something on the page.

const EDGE = 8;
/** Places a box under its anchor, or above where there is more room, inside the window. @param {HTMLElement} box @param {Element} anchor @param {DOMRect} [from] where the anchor was */
export function place(box, anchor, from = anchor.getBoundingClientRect()) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const rtl = document.documentElement.dir === 'rtl';
  const below = from.bottom + 4 + height <= innerHeight - EDGE || from.top < innerHeight / 2;
  const top = below ? Math.min(from.bottom + 4, innerHeight - height - EDGE) : from.top - 4 - height;
  // Its outer edge is the anchor's, on the side where the menu fits.
  const start = rtl ? from.right - width : from.left;
  const end = rtl ? from.left : from.right - width;
  const left = start + width > innerWidth - EDGE || start < EDGE ? end : start;
  box.style.top = `${Math.max(EDGE, top)}px`;
  box.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
}
