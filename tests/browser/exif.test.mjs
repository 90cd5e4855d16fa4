// Pictures lose the place where they were taken, and nothing that is seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutPlace } from '../../assets/js/upload/exif.js';
import { asTaken, PLACE } from './support/photo.mjs';

const cleaned = async (bytes, type = 'image/jpeg') => Buffer.from(await (await withoutPlace(new Blob([bytes], { type }))).arrayBuffer());

/** A segment of a JPEG. */
const segment = (marker, body) => Buffer.concat([Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255]), body]);
const START = Buffer.from([0xff, 0xd8]);
const JFIF = segment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1'));
const TABLE = segment(0xdb, Buffer.alloc(65, 1));
// Stuffed bytes and a restart mark are part of the picture.
const SCAN = Buffer.concat([segment(0xda, Buffer.alloc(10)), Buffer.from([1, 2, 0xff, 0x00, 3, 0xff, 0xd0, 4, 0xff, 0xd9])]);
const PROFILE = segment(0xe2, Buffer.from('ICC_PROFILE\0\x01\x01 the colours', 'latin1'));
const plain = Buffer.concat([START, JFIF, PROFILE, TABLE, SCAN]);

test('a JPEG without metadata is the same file', async () => {
  const file = new Blob([plain], { type: 'image/jpeg' });
  assert.equal(await withoutPlace(file), file);
});

test('a photo keeps its colours and how it is turned, and nothing else', async () => {
  const photo = asTaken(plain);
  const clean = await cleaned(photo);
  assert.ok(photo.includes(PLACE) && !clean.includes(PLACE));
  assert.ok(clean.includes('ICC_PROFILE'));
  // JFIF first, then the quarter turn, then what the pixels need, to the last byte.
  assert.ok(clean.subarray(0, 2 + JFIF.length).equals(Buffer.concat([START, JFIF])));
  const exif = clean.subarray(2 + JFIF.length);
  assert.equal(exif.toString('latin1', 4, 10), 'Exif\0\0');
  assert.equal(exif.readUInt16BE(10 + 8 + 2 + 8), 6);
  assert.ok(clean.subarray(-SCAN.length).equals(SCAN));
  // Clean is clean: but for its turn there is nothing to take out.
  assert.ok((await cleaned(clean)).equals(clean));
});

test('comments, thumbnails of other makers and film strips go too', async () => {
  const strange = Buffer.concat([START, segment(0xfe, Buffer.from(PLACE)), segment(0xe2, Buffer.from(`MPF\0${PLACE}`)), segment(0xed, Buffer.from(`Photoshop 3.0\0${PLACE}`)), TABLE, SCAN, START, segment(0xe1, Buffer.from(`Exif\0\0${PLACE}`)), SCAN]);
  const clean = await cleaned(strange);
  assert.ok(clean.equals(Buffer.concat([START, TABLE, SCAN])));
});

test('a JPEG that cannot be followed has its place written over', async () => {
  const photo = asTaken(plain);
  // A length that leads nowhere, after the metadata.
  const broken = Buffer.concat([photo.subarray(0, photo.indexOf('ICC_PROFILE') - 4), Buffer.from([0xff, 0xe2, 0, 0]), Buffer.from('rest')]);
  const clean = await cleaned(broken);
  assert.equal(clean.length, broken.length);
  assert.ok(broken.includes(PLACE) && !clean.includes(PLACE));
  const harmless = new Blob([START, Buffer.from([0xff, 0xe2, 0, 0]), Buffer.alloc(40)]);
  assert.equal(await withoutPlace(harmless), harmless);
});

test('PNG, WebP and HEIC likewise', async () => {
  const chunk = (name, body) => Buffer.concat([Buffer.from([0, 0, 0, body.length]), Buffer.from(name), body, Buffer.alloc(4)]);
  const sign = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const [head, data, end] = [chunk('IHDR', Buffer.alloc(13)), chunk('IDAT', Buffer.alloc(20, 7)), chunk('IEND', Buffer.alloc(0))];
  const png = Buffer.concat([sign, head, chunk('tEXt', Buffer.from(PLACE)), chunk('eXIf', Buffer.from(PLACE)), data, end, Buffer.from(PLACE)]);
  assert.ok((await cleaned(png, 'image/png')).equals(Buffer.concat([sign, head, data, end])));

  const part = (name, body) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    return Buffer.concat([Buffer.from(name), length, body, Buffer.alloc(body.length & 1)]);
  };
  const riff = (...parts) => {
    const body = Buffer.concat([Buffer.from('WEBP'), ...parts]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    return Buffer.concat([Buffer.from('RIFF'), length, body]);
  };
  const flags = (bits) => part('VP8X', Buffer.from([bits, 0, 0, 0, 9, 0, 0, 9, 0, 0]));
  const pixels = part('VP8 ', Buffer.alloc(31, 5));
  const webp = riff(flags(0x2c), pixels, part('EXIF', Buffer.from(PLACE)), part('XMP ', Buffer.from(PLACE)));
  assert.ok((await cleaned(webp, 'image/webp')).equals(riff(flags(0x20), pixels)));

  // No parts to tell apart here: what names the place is written over where it stands.
  const photo = asTaken(plain);
  const heic = Buffer.concat([Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), photo.subarray(photo.indexOf('Exif\0\0'), photo.indexOf('ICC_PROFILE'))]);
  const clean = await cleaned(heic, 'image/heic');
  assert.equal(clean.length, heic.length);
  assert.ok(heic.includes(PLACE) && !clean.includes(PLACE) && clean.includes('GPSLatitude'));
});
