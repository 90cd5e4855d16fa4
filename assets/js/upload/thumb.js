// A small picture of a picture or of a film, made where it is sent from: the server decodes none.

const SIDE = 640;
const BYTES = 64 * 1024;
/** What needs no smaller one is shown itself. */
const SMALL = 32 * 1024;
/** A film that does not show its first picture by then goes without. */
const PATIENCE = 8_000;

/**
 * @param {Blob} file
 * @returns {Promise<{thumb: Blob|null, width: number|null, height: number|null, duration_ms: number|null}>} upright; all null where the browser cannot show it
 */
export async function thumbOf(file) {
  const none = { thumb: null, width: null, height: null, duration_ms: null };
  try {
    if (file.type.startsWith('video/')) return await ofFilm(file);
    if (!file.type.startsWith('image/') || file.type.includes('svg')) return none;
    const image = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const { width, height } = image;
    const isThumb = file.size <= SMALL && Math.max(width, height) <= SIDE && /\/(png|jpeg|webp|gif)$/.test(file.type);
    const thumb = isThumb ? null : await packed(image, width, height);
    image.close();
    return { ...none, thumb, width, height };
  } catch {
    return none;
  }
}

/** The first picture of a film that is not black from fading in. */
async function ofFilm(file) {
  const video = document.createElement('video');
  const url = URL.createObjectURL(file);
  const happens = (name) =>
    new Promise((done, failed) => {
      video.addEventListener(name, done, { once: true });
      video.addEventListener('error', failed, { once: true });
      setTimeout(failed, PATIENCE);
    });
  try {
    video.muted = true;
    video.preload = 'auto';
    video.src = url;
    await happens('loadeddata');
    const seconds = Number.isFinite(video.duration) ? video.duration : 0;
    const sought = happens('seeked');
    video.currentTime = Math.min(1, seconds / 4);
    await sought;
    const { videoWidth: width, videoHeight: height } = video;
    return { thumb: await packed(video, width, height), width, height, duration_ms: Math.round(seconds * 1000) || null };
  } finally {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  }
}

/** As WebP where the browser writes it, else JPEG, in as few steps down as fit. @returns {Promise<Blob|null>} */
async function packed(source, width, height) {
  for (const side of [SIDE, 400, 240]) {
    const scale = Math.min(1, side / Math.max(width, height));
    const canvas = canvasOf(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
    const draw = canvas.getContext('2d');
    draw.imageSmoothingQuality = 'high';
    draw.drawImage(source, 0, 0, canvas.width, canvas.height);
    for (const quality of [0.82, 0.66, 0.5]) {
      const webp = await written(canvas, 'image/webp', quality);
      if (webp?.type !== 'image/webp') break;
      if (webp.size <= BYTES) return webp;
    }
    // JPEG knows nothing see-through: it becomes white.
    draw.globalCompositeOperation = 'destination-over';
    draw.fillStyle = 'white';
    draw.fillRect(0, 0, canvas.width, canvas.height);
    for (const quality of [0.82, 0.66, 0.5]) {
      const jpeg = await written(canvas, 'image/jpeg', quality);
      if (jpeg && jpeg.size <= BYTES) return jpeg;
    }
  }
  return null;
}

function canvasOf(width, height) {
  if ('OffscreenCanvas' in window) return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), { width, height });
}

const written = (canvas, type, quality) =>
  canvas.convertToBlob ? canvas.convertToBlob({ type, quality }) : new Promise((done) => canvas.toBlob(done, type, quality));
