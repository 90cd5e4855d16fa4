// Pictures made here, so that stories need no files of their own.
import { deflateSync } from 'node:zlib';

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc = (bytes) => (bytes.reduce((sum, byte) => CRC[(sum ^ byte) & 0xff] ^ (sum >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc(body), body.length + 4);
  return whole;
}

/**
 * An evening by the sea, in a colour of its own.
 * @param {number} width @param {number} height @param {number} [hue] 0 to 359 @returns {Buffer} a PNG
 */
export function png(width, height, hue = 20) {
  const row = 1 + width * 3;
  const pixels = Buffer.alloc(row * height);
  const turn = (angle) => 128 + 100 * Math.sin(((angle + hue) * Math.PI) / 180);
  const [sunX, sunY, sun] = [width * 0.66, height * 0.45, Math.min(width, height) * 0.14];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sea = y > height * 0.6;
      const share = sea ? 1.6 - y / height : 0.45 + (y / height) * 0.8;
      const light = Math.hypot(x - sunX, y - sunY) < sun && !sea ? 1.5 : 1;
      const hill = !sea && y > height * (0.5 - 0.12 * Math.sin((x / width) * 7)) ? 0.55 : 1;
      const at = y * row + 1 + x * 3;
      for (const [part, angle] of [0, 120, 240].entries()) pixels[at + part] = Math.max(0, Math.min(255, turn(angle) * share * light * hill));
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const sign = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([sign, chunk('IHDR', head), chunk('IDAT', deflateSync(pixels, { level: 6 })), chunk('IEND', Buffer.alloc(0))]);
}

/** A tone. @param {number} seconds @returns {Buffer} a WAV, 8 bit, 8 kHz */
export function wav(seconds) {
  const rate = 8000;
  const data = Buffer.from(Array.from({ length: Math.round(rate * seconds) }, (_, n) => 128 + 60 * Math.sin((n * 440 * 2 * Math.PI) / rate)));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
