// Takes out of a picture what tells where, when and with what it was made; its pixels are not touched.

/** Read whole, as pictures are: what is larger is no photo. */
const LARGEST = 128 * 1024 * 1024;

/**
 * The same picture without its metadata, but with its orientation and colours.
 * @param {Blob} file
 * @returns {Promise<Blob>} the file itself where nothing had to go
 */
export async function withoutPlace(file) {
  if (file.size > LARGEST || file.size < 16) return file;
  const kind = kindOf(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  if (!kind) return file;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const parts = cleaners[kind](bytes);
  if (parts === bytes) return file;
  return new Blob(Array.isArray(parts) ? parts : [parts], { type: file.type });
}

const ascii = (bytes, at, length) => String.fromCharCode(...bytes.subarray(at, at + length));
const u16 = (bytes, at) => (bytes[at] << 8) | bytes[at + 1];
const u32 = (bytes, at) => ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
const u32le = (bytes, at) => ((bytes[at + 3] << 24) | (bytes[at + 2] << 16) | (bytes[at + 1] << 8) | bytes[at]) >>> 0;

function kindOf(head) {
  if (u16(head, 0) === 0xffd8) return 'jpeg';
  if (ascii(head, 1, 3) === 'PNG') return 'png';
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 4) === 'WEBP') return 'webp';
  if (ascii(head, 4, 4) === 'ftyp' && /^(hei|hev|mif|msf|avi[fs])/.test(ascii(head, 8, 4))) return 'heif';
  return null;
}

const cleaners = { jpeg, png, webp, heif: blanked };

/** JPEG: segments up to the first scan; of those that hold metadata only the colour profile and the orientation stay. */
function jpeg(bytes) {
  const parts = [bytes.subarray(0, 2)];
  let orientation = 0;
  let at = 2;
  let dropped = false;
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    const length = u16(bytes, at + 2);
    if (bytes[at] !== 0xff || length < 2 || at + 2 + length > bytes.length) return blanked(bytes);
    if (marker === 0xda) break;
    const segment = bytes.subarray(at, at + 2 + length);
    at += 2 + length;
    if (keeps(marker, segment)) parts.push(segment);
    else {
      dropped = true;
      if (marker === 0xe1) orientation ||= orientationOf(segment);
    }
  }
  // Phones put more pictures, films and metadata after the end of the first.
  const end = endOfJpeg(bytes, at);
  if (!dropped && end === bytes.length) return bytes;
  // After a JFIF header, which wants to be the first.
  const place = parts[1]?.[1] === 0xe0 ? 2 : 1;
  if (orientation > 1 && orientation <= 8) parts.splice(place, 0, orientationSegment(orientation));
  return [...parts, bytes.subarray(at, end)];
}

/** JFIF, the colour profile, Adobe's colour transform, and everything that the pixels need. */
function keeps(marker, segment) {
  if (marker === 0xfe) return false;
  if (marker < 0xe0 || marker > 0xef) return true;
  if (marker === 0xe0) return ascii(segment, 4, 4) === 'JFIF';
  if (marker === 0xe2) return ascii(segment, 4, 11) === 'ICC_PROFILE';
  return marker === 0xee && ascii(segment, 4, 5) === 'Adobe';
}

/** Where the picture ends; the end of the bytes when it does not. */
function endOfJpeg(bytes, from) {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) return bytes.length;
    const marker = bytes[at + 1];
    if (marker === 0xd9) return at + 2;
    if (marker === 0xff) at++;
    else if (marker === 0 || (marker >= 0xd0 && marker <= 0xd7)) at += 2;
    else at += 2 + u16(bytes, at + 2);
  }
}

/** @param {Uint8Array} segment APP1 @returns {number} 1 to 8, or 0 */
function orientationOf(segment) {
  if (ascii(segment, 4, 6) !== 'Exif\0\0') return 0;
  const tiff = segment.subarray(10);
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  try {
    const little = view.getUint16(0) === 0x4949;
    const first = view.getUint32(4, little);
    for (let n = view.getUint16(first, little), at = first + 2; n--; at += 12)
      if (view.getUint16(at, little) === 0x112) return view.getUint16(at + 8, little);
  } catch {
    // A directory that leads out of its segment tells nothing.
  }
  return 0;
}

/** APP1 that says how to turn the picture, and nothing else. */
function orientationSegment(orientation) {
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0];
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  return new Uint8Array([0xff, 0xe1, 0, 2 + exif.length + tiff.length, ...exif, ...tiff]);
}

/** PNG: chunks; texts, times and Exif go. */
function png(bytes) {
  const parts = [bytes.subarray(0, 8)];
  let at = 8;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + u32(bytes, at);
    const name = ascii(bytes, at + 4, 4);
    if (end > bytes.length) return blanked(bytes);
    if (!/^(tEXt|zTXt|iTXt|eXIf|tIME)$/.test(name)) parts.push(bytes.subarray(at, end));
    at = end;
    if (name === 'IEND') break;
  }
  const kept = parts.reduce((sum, part) => sum + part.length, 0);
  return kept === bytes.length ? bytes : parts;
}

/** WebP: chunks of RIFF; Exif and XMP go, and the flags that announce them. */
function webp(bytes) {
  const parts = [];
  const riff = Math.min(bytes.length, 8 + u32le(bytes, 4));
  let at = 12;
  while (at + 8 <= riff) {
    const name = ascii(bytes, at, 4);
    const end = Math.min(riff, at + 8 + u32le(bytes, at + 4) + (u32le(bytes, at + 4) & 1));
    let chunk = bytes.subarray(at, end);
    if (name === 'VP8X') {
      chunk = chunk.slice();
      chunk[8] &= ~0b1100;
    }
    if (name !== 'EXIF' && name !== 'XMP ') parts.push(chunk);
    at = end;
  }
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (size + 12 === bytes.length) return bytes;
  const head = bytes.slice(0, 12);
  new DataView(head.buffer).setUint32(4, size + 4, true);
  return [head, ...parts];
}

/** Where the parts cannot be told apart, what names a place is written over where it stands. */
function blanked(bytes) {
  const copy = bytes.slice();
  let changed = false;
  for (let at = copy.indexOf(0x45); at >= 0; at = copy.indexOf(0x45, at + 1))
    if (ascii(copy, at, 6) === 'Exif\0\0') changed = blankDirectory(copy, at + 6) || changed;
  // XMP is text: the values of what begins with GPS become spaces.
  for (let at = copy.indexOf(0x47); at >= 0; at = copy.indexOf(0x47, at + 1)) {
    if (ascii(copy, at, 3) !== 'GPS' || !/^GPS\w+(="[^"]*"|>[^<]*<)/.test(ascii(copy, at, 120))) continue;
    changed = true;
    const closing = copy[copy.subarray(at).findIndex((byte) => byte === 0x22 || byte === 0x3e) + at] === 0x22 ? 0x22 : 0x3c;
    let to = copy.subarray(at).findIndex((byte) => byte === 0x22 || byte === 0x3e) + at + 1;
    for (; to < copy.length && copy[to] !== closing; to++) copy[to] = 0x20;
  }
  return changed ? copy : bytes;
}

/** Empties the GPS directory of a TIFF that begins there, with all that it points to. @returns {boolean} whether there was one */
function blankDirectory(bytes, start) {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  try {
    const little = view.getUint16(0) === 0x4949;
    if (view.getUint16(2, little) !== 42) return false;
    const first = view.getUint32(4, little);
    for (let n = view.getUint16(first, little), at = first + 2; n--; at += 12)
      if (view.getUint16(at, little) === 0x8825) return blankGps(view, bytes, start, view.getUint32(at + 8, little), little);
  } catch {
    // It leads out of the file: whoever reads it gets no further than this.
  }
  return false;
}

const UNITS = [1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

function blankGps(view, bytes, start, directory, little) {
  for (let n = view.getUint16(directory, little), at = directory + 2; n--; at += 12) {
    const size = (UNITS[view.getUint16(at + 2, little)] ?? 1) * view.getUint32(at + 4, little);
    const value = size > 4 ? view.getUint32(at + 8, little) : at + 8;
    bytes.fill(0, start + value, start + value + size);
    bytes.fill(0, start + at, start + at + 12);
  }
  view.setUint16(directory, 0);
  return true;
}
