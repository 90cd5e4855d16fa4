// One's own picture: chosen, moved and zoomed into a square here, and kept by the server.
import { html, useEffect, useRef, useState } from '../../view.js';
import { api } from '../../api.js';
import { attempt } from '../../actions.js';
import { openDialog, toast } from '../../layers.js';
import { addUsers, me } from '../../state.js';
import { t } from '../../i18n.js';
import { Avatar, ErrorLine, Icon, sentence } from '../basics.js';
import { Dialog, DialogHead } from '../overlay.js';

const SIDE = 256;
const BYTES = 128 * 1024;
const ZOOM = 4;

/** The picture with its buttons. @param {{name: string}} props the name as it is being written */
export function Picture({ name }) {
  const file = useRef(null);
  const user = me.value;
  const choose = async (event) => {
    const [chosen] = event.currentTarget.files;
    event.currentTarget.value = '';
    if (!chosen) return;
    try {
      openDialog(Crop, { image: await createImageBitmap(chosen) });
    } catch {
      toast(t('picture.unreadable'), { error: true });
    }
  };
  const remove = () =>
    attempt(async () => {
      await api('DELETE', '/me/avatar');
      addUsers([{ ...me.value, avatar: null }]);
    });
  return html`<div class="facepick"><${Avatar} user=${{ ...user, name: name || user.username }} size="av-72" />
    <div class="stackh"><input class="sr" type="file" accept="image/*" tabindex="-1" aria-hidden="true" ref=${file} onChange=${choose} />
      <button type="button" class="btn btn-q" onClick=${() => file.current.click()}><${Icon} name="image" size="s" />${t(user.avatar ? 'picture.change' : 'picture.choose')}</button>
      ${user.avatar && html`<button type="button" class="btn btn-q" onClick=${remove}>${t('picture.remove')}</button>`}</div></div>`;
}

/** Chooses the square. @param {{image: ImageBitmap, close: () => void}} props */
function Crop({ image, close }) {
  const canvas = useRef(null);
  const least = SIDE / Math.min(image.width, image.height);
  const [view, setView] = useState({ zoom: 1, x: image.width / 2, y: image.height / 2 });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const scale = least * view.zoom;
  /** The middle of what is shown, kept so that the square is always full. */
  const move = (x, y, zoom = view.zoom) => {
    const half = SIDE / (least * zoom) / 2;
    setView({ zoom, x: Math.min(image.width - half, Math.max(half, x)), y: Math.min(image.height - half, Math.max(half, y)) });
  };
  useEffect(() => {
    const draw = canvas.current.getContext('2d');
    draw.imageSmoothingQuality = 'high';
    // What is see-through becomes white: JPEG knows nothing else.
    draw.fillStyle = 'white';
    draw.fillRect(0, 0, SIDE, SIDE);
    draw.drawImage(image, SIDE / 2 - view.x * scale, SIDE / 2 - view.y * scale, image.width * scale, image.height * scale);
  }, [view]);
  useEffect(() => () => image.close(), []);

  const from = useRef(null);
  const drag = {
    onPointerDown: (event) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      from.current = { left: event.clientX, top: event.clientY, x: view.x, y: view.y };
    },
    onPointerMove: (event) => {
      if (!from.current) return;
      const shown = SIDE / event.currentTarget.clientWidth / scale;
      move(from.current.x - (event.clientX - from.current.left) * shown, from.current.y - (event.clientY - from.current.top) * shown);
    },
    onPointerUp: () => (from.current = null),
    onPointerCancel: () => (from.current = null),
    onWheel: (event) => {
      event.preventDefault();
      move(view.x, view.y, Math.min(ZOOM, Math.max(1, view.zoom * (event.deltaY < 0 ? 1.1 : 1 / 1.1))));
    },
    onKeyDown: (event) => {
      const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
      if (!right && !down) return;
      event.preventDefault();
      move(view.x + (right * SIDE) / 16 / scale, view.y + (down * SIDE) / 16 / scale);
    },
  };
  const save = async () => {
    setBusy(true);
    setError('');
    try {
      addUsers([await api('PUT', '/me/avatar', await packed(canvas.current))]);
      close();
    } catch (problem) {
      setError(sentence(problem));
      setBusy(false);
    }
  };
  return html`<${Dialog} label=${t('picture.title')} close=${close} middle=${true} kind="form sm">
    <${DialogHead} title=${t('picture.title')} text=${t('picture.text')} close=${close} />
    <${ErrorLine} error=${error} />
    <div class="crop"><canvas ref=${canvas} width=${SIDE} height=${SIDE} role="img" tabindex="0" aria-label=${t('picture.label')} ...${drag}></canvas>
      <label class="zoom"><span>${t('picture.zoom')}</span><input type="range" min="1" max=${ZOOM} step="0.05" value=${view.zoom} onInput=${(event) => move(view.x, view.y, Number(event.currentTarget.value))} /></label></div>
    <div class="acts"><button type="button" class="btn btn-q" onClick=${close}>${t('action.cancel')}</button>
      <button type="button" class="btn btn-p" disabled=${busy} onClick=${save}>${t('picture.verb')}</button></div>
  </${Dialog}>`;
}

/** The square as a file that the server takes: WebP where the browser writes it, else JPEG. @returns {Promise<Blob>} */
async function packed(canvas) {
  const blob = (type, quality) => new Promise((done) => canvas.toBlob(done, type, quality));
  const webp = await blob('image/webp', 0.86);
  if (webp?.type === 'image/webp' && webp.size <= BYTES) return webp;
  for (const quality of [0.86, 0.7, 0.5]) {
    const jpeg = await blob('image/jpeg', quality);
    if (jpeg.size <= BYTES) return jpeg;
  }
  return blob('image/jpeg', 0.3);
}
