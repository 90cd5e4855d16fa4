// Holds the place of the eye in a scrolling list while its content changes.

const NEAR_END = 80;

/**
 * @param {{current: HTMLElement|null}} scroller
 * @returns {{before: () => void, after: () => void, remember: () => void, first: () => number, free: () => void}}
 *   `first` is the message at the top edge
 */
export function hold(scroller) {
  /** The first rows on the screen and how far each is from the top edge; null follows the end. */
  let anchors = null;
  let following = true;
  /** Where the end was when it was last followed: less than that, and somebody scrolled up since. */
  let written = 0;
  const boxOf = () => scroller.current;

  const remember = () => {
    const box = boxOf();
    if (!box) return;
    following = box.scrollHeight - box.scrollTop - box.clientHeight <= NEAR_END;
    anchors = [];
    const top = box.getBoundingClientRect().top;
    for (const group of box.firstElementChild.children) {
      if (group.getBoundingClientRect().bottom <= top) continue;
      const parts = group.querySelectorAll('article');
      for (const part of parts.length ? parts : [group]) {
        const edge = part.getBoundingClientRect();
        if (edge.bottom > top) anchors.push({ part, offset: edge.top - top });
      }
      if (anchors.length >= 4) break;
    }
  };

  return {
    remember,
    before: () => {
      const box = boxOf();
      if (!box?.firstElementChild || box.scrollHeight <= box.clientHeight) return;
      // The event that tells of a scroll comes a frame later than the scroll.
      if (!following || box.scrollTop < written - 1) remember();
    },
    after: () => {
      const box = boxOf();
      if (!box) return;
      if (following) {
        box.scrollTop = box.scrollHeight;
        written = box.scrollTop;
        return;
      }
      // The row itself may be gone, as when the far end was dropped: the next one serves as well.
      const anchor = anchors?.find(({ part }) => part.isConnected && box.contains(part));
      if (!anchor) return;
      const moved = anchor.part.getBoundingClientRect().top - box.getBoundingClientRect().top - anchor.offset;
      if (Math.abs(moved) >= 1) box.scrollTop += moved;
    },
    first: () => Number(anchors?.find(({ part }) => part.dataset.message)?.part.dataset.message) || 0,
    free: () => {
      anchors = null;
      following = false;
    },
  };
}
