// One large picture that can be zoomed and moved; a swipe goes on, or away.
import { html, useEffect, useLayoutEffect, useRef, useState } from '../../view.js';
import { t } from '../../i18n.js';
import { Icon } from '../basics.js';

const MOST = 8;
const TWICE = 2.5;
/** How far a finger goes for it to be a swipe, in pixels. */
const SWIPE = 60;
const SWIPE_DOWN = 90;
/** Less than this is no movement but a finger that is not quite still. */
const STILL = 8;
const KEY_STEP = 80;
/** Two taps within this time are one that zooms. */
const DOUBLE = 300;

/**
 * @param {{file: any, hands: {current: any}, step: (by: number) => void, close: () => void}} props
 *   `hands` gets `zoom(factor)`, where 0 shows all of it again, and `pan(x, y)`, which tells whether there was anything to move
 */
export function Stage({ file, hands, step, close }) {
  const box = useRef(null);
  const frame = useRef(null);
  const [there, setThere] = useState(false);
  const [gone, setGone] = useState(false);
  const [zoomed, setZoomed] = useState(false);
  const view = useRef({ scale: 1, x: 0, y: 0 }).current;

  const draw = (x = view.x, y = view.y) => {
    if (frame.current) frame.current.style.transform = `translate(${x}px, ${y}px) scale(${view.scale})`;
  };
  /** Keeps the picture over the window. */
  const hold = () => {
    const [room, shown] = [box.current, frame.current];
    const slack = (size, whole) => Math.max(0, (size * view.scale - whole) / 2);
    const across = slack(shown.offsetWidth, room.clientWidth);
    const down = slack(shown.offsetHeight, room.clientHeight);
    view.x = Math.max(-across, Math.min(across, view.x));
    view.y = Math.max(-down, Math.min(down, view.y));
    draw();
    setZoomed(view.scale > 1);
  };
  /** Zooms so that what is at a place of the screen stays there. */
  const zoomAt = (factor, clientX, clientY) => {
    const { left, top, width, height } = box.current.getBoundingClientRect();
    const [x, y] = [clientX - left - width / 2, clientY - top - height / 2];
    const scale = factor ? Math.max(1, Math.min(MOST, view.scale * factor)) : 1;
    const by = scale / view.scale;
    Object.assign(view, { scale, x: x - (x - view.x) * by, y: y - (y - view.y) * by });
    hold();
  };
  const zoom = (factor) => {
    const { left, top, width, height } = box.current.getBoundingClientRect();
    zoomAt(factor, left + width / 2, top + height / 2);
  };
  const pan = (x, y) => {
    if (view.scale === 1) return false;
    view.x += x * KEY_STEP;
    view.y += y * KEY_STEP;
    hold();
    return true;
  };
  useLayoutEffect(() => void (hands.current = { zoom, pan }));
  // A wheel must be heard by a listener that may hold it back.
  useEffect(() => {
    const onWheel = (event) => {
      event.preventDefault();
      zoomAt(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), event.clientX, event.clientY);
    };
    const one = box.current;
    one.addEventListener('wheel', onWheel, { passive: false });
    addEventListener('resize', hold);
    return () => (one.removeEventListener('wheel', onWheel), removeEventListener('resize', hold));
  }, []);

  const fingers = useRef(new Map()).current;
  const touch = useRef({ from: null, many: false, beside: false, mouse: true, tapped: 0 }).current;
  const middle = () => {
    const [one, other] = [...fingers.values()];
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, apart: Math.hypot(one.x - other.x, one.y - other.y) };
  };
  const onPointerDown = (event) => {
    if (event.button) return;
    // From here on all that this finger does is told to the box, so where it began must be kept.
    touch.beside = event.target === box.current;
    touch.mouse = event.pointerType === 'mouse';
    event.currentTarget.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 1) Object.assign(touch, { from: { x: event.clientX, y: event.clientY }, many: false });
    else touch.many = true;
  };
  const onPointerMove = (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const pair = fingers.size === 2 && middle();
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pair) {
      const now = middle();
      view.x += now.x - pair.x;
      view.y += now.y - pair.y;
      zoomAt(now.apart / pair.apart, now.x, now.y);
    } else if (view.scale > 1) {
      view.x += event.clientX - before.x;
      view.y += event.clientY - before.y;
      hold();
    } else if (event.pointerType !== 'mouse' && !touch.many) {
      const [x, y] = [event.clientX - touch.from.x, event.clientY - touch.from.y];
      Math.abs(x) > Math.abs(y) ? draw(x, 0) : draw(0, Math.max(0, y));
    }
  };
  const onPointerUp = (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size) return;
    const [x, y] = [event.clientX - touch.from.x, event.clientY - touch.from.y];
    const still = Math.hypot(x, y) < STILL && !touch.many;
    if (still && event.pointerType !== 'mouse') {
      if (event.timeStamp - touch.tapped < DOUBLE) twice(event);
      touch.tapped = event.timeStamp;
    }
    if (view.scale > 1 || touch.many || event.pointerType === 'mouse' || event.type === 'pointercancel') return draw();
    draw();
    const forth = document.documentElement.dir === 'rtl' ? -1 : 1;
    if (Math.abs(x) > SWIPE && Math.abs(x) > Math.abs(y)) step(x < 0 ? forth : -forth);
    else if (y > SWIPE_DOWN && y > Math.abs(x)) close();
  };
  const twice = (event) => zoomAt(view.scale > 1 ? 0 : TWICE, event.clientX, event.clientY);
  // Beside the picture is out of it.
  const onClick = (event) => touch.beside && event.detail === 1 && close();

  const size = file.width && file.height ? { '--pw': `${file.width}px`, '--pr': file.width / file.height } : null;
  return html`<div class=${`stage-lb ${zoomed ? 'zoomed' : ''}`} ref=${box} onPointerDown=${onPointerDown} onPointerMove=${onPointerMove} onPointerUp=${onPointerUp} onPointerCancel=${onPointerUp}
    onDblClick=${(event) => touch.mouse && !touch.beside && twice(event)} onClick=${onClick}>
    ${
      gone
        ? html`<p class="lbgone"><${Icon} name="image" size="l" />${t('lightbox.gone')}</p>`
        : html`<div class=${`lbf ${size ? '' : 'free'}`} ref=${frame} style=${size}>
      ${file.thumb && !there && html`<img src=${file.thumb} alt="" draggable=${false} />`}
      <img src=${file.url} alt=${file.name} draggable=${false} decoding="async" onLoad=${() => setThere(true)} onError=${() => setGone(true)} />
      ${!there && !file.thumb && html`<span class="spin"></span>`}
    </div>`
    }
  </div>`;
}
