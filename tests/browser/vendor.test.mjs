// What is vendored is what its makers published, and nothing else.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = new URL('../../assets/vendor/', import.meta.url);
const own = ['MANIFEST', 'LICENSES'];

const listed = (await readFile(new URL('MANIFEST', folder), 'utf8'))
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => line.split('\t'))
  .map(([file, name, version, licence, sum]) => ({ file, name, version, licence, sum }));

test('each vendored file has the sum that the manifest names', async () => {
  for (const { file, sum } of listed) {
    const found = createHash('sha256').update(await readFile(new URL(file, folder))).digest('hex');
    assert.equal(found, sum, file);
  }
});

test('no file is unlisted, none is listed twice', async () => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((one) => one.isFile())
    .map((one) => relative(fileURLToPath(folder), join(one.parentPath, one.name)))
    .filter((file) => !own.includes(file))
    .sort();
  assert.deepEqual(listed.map(({ file }) => file).sort(), files);
});

test('each names package, version and licence, and the licence texts are there', async () => {
  const texts = await readFile(new URL('LICENSES', folder), 'utf8');
  for (const { file, name, version, licence } of listed) {
    assert.match(version, /^\d+\.\d+\.\d+$/, file);
    assert.match(licence, /^(MIT|Apache-2\.0|ISC|OFL-1\.1|BSD-3-Clause)$/, file);
    assert.ok(texts.includes(name.split('/').at(-1)), `the licence of ${name}`);
  }
});

test('vendored modules import nothing from elsewhere', async () => {
  for (const { file } of listed.filter(({ file: name }) => /\.m?js$/.test(name))) {
    const text = await readFile(new URL(file, folder), 'utf8');
    for (const [, from] of text.matchAll(/\b(?:import|export)\b[\s{*][^'";]*\bfrom\s*["']([^"']+)["']/g)) assert.match(from, /^\.\/[\w-]+\.mjs$/, `${file} imports ${from}`);
  }
});
