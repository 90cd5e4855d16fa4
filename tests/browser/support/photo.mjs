// A photo as a phone takes it: lying on its side, with the place where it was taken.
import assert from 'node:assert/strict';

/** Where it was taken, as text that must be nowhere in what others get. */
export const PLACE = 'N 52 31 12';

/** @param {import('playwright-core').Page} page @param {number} width @param {number} height @returns {Promise<Buffer>} a JPEG, red at its left and blue at its right */
export async function picture(page, width = 1200, height = 800, type = 'image/jpeg') {
  const base64 = await page.evaluate(
    ([wide, tall, kind]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: wide, height: tall });
      const pen = canvas.getContext('2d');
      pen.fillStyle = 'rgb(220, 30, 30)';
      pen.fillRect(0, 0, wide, tall);
      pen.fillStyle = 'rgb(30, 30, 220)';
      pen.fillRect(wide / 2, 0, wide / 2, tall);
      return canvas.toDataURL(kind, 0.9).split(',')[1];
    },
    [width, height, type],
  );
  return Buffer.from(base64, 'base64');
}

/** The same as a phone writes it: with Exif (orientation 6, a quarter turn, and GPS), XMP, and something after its end. @param {Buffer} jpeg @returns {Buffer} */
export function asTaken(jpeg) {
  assert.equal(jpeg.readUInt16BE(0), 0xffd8);
  const tiff = Buffer.alloc(120);
  tiff.write('MM\0*', 0, 'latin1');
  tiff.writeUInt32BE(8, 4);
  // Orientation, GPS directory.
  tiff.writeUInt16BE(2, 8);
  entry(tiff, 10, 0x0112, 3, 1, 6 << 16);
  entry(tiff, 22, 0x8825, 4, 1, 40);
  tiff.writeUInt16BE(2, 40);
  entry(tiff, 42, 1, 2, 2, 'N'.charCodeAt(0) << 24);
  entry(tiff, 54, 0x1d, 2, PLACE.length + 1, 80);
  tiff.write(PLACE, 80, 'latin1');
  const xmp = Buffer.from(`http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><rdf:Description exif:GPSLatitude="${PLACE}"/></x:xmpmeta>`, 'latin1');
  return Buffer.concat([jpeg.subarray(0, 2), segment(Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff])), segment(xmp), jpeg.subarray(2), Buffer.from(`a film, taken at ${PLACE}`)]);
}

function segment(body) {
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

function entry(tiff, at, tag, type, count, value) {
  tiff.writeUInt16BE(tag, at);
  tiff.writeUInt16BE(type, at + 2);
  tiff.writeUInt32BE(count, at + 4);
  tiff.writeUInt32BE(value >>> 0, at + 8);
}
