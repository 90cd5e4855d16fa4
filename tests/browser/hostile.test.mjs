// Files that want to be more than bytes: whatever is done with them, nothing in them runs (SAFETY S43, S44).
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';

const { story } = house();
const SCRIPT = '<script>parent.postMessage("pwned","*");opener&&opener.postMessage("pwned","*");document.title="pwned"</script>';
const head = (...bytes) => Buffer.from(bytes);
const FILES = {
  'logo.svg': Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="parent.postMessage('pwned','*')">${SCRIPT}</svg>`),
  'page.png': Buffer.from(`<!doctype html>${SCRIPT}`),
  'page.html': Buffer.from(`<!doctype html>${SCRIPT}`),
  'both.gif': Buffer.from(`GIF89a/*${SCRIPT}*/=1;parent.postMessage("pwned","*")`),
  'both.png': Buffer.concat([head(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13), Buffer.from(`IHDR\0\0\0\x01\0\0\0\x01${SCRIPT}`)]),
  'feed.xml': Buffer.from(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">${SCRIPT}</html>`),
  'code.js': Buffer.from('parent.postMessage("pwned","*");window.pwned=1'),
};

story('hostile files run nowhere: not in a tab, a frame, a script, an object or a picture', async ({ owner }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Harbour');
  await ada.comesTo(room);
  await ada.page.evaluate(() => addEventListener('message', ({ data }) => data === 'pwned' && (window.pwned = 1)));
  // What the browser refuses to show or to run, it says.
  ada.expect(/./);
  for (const [name, bytes] of Object.entries(FILES)) {
    const answer = await ada.context.request.post(`${ada.url}/api/v1/rooms/${room.id}/files?name=${name}`, {
      headers: { origin: ada.url, 'content-type': 'image/png' },
      data: bytes,
    });
    assert.equal(answer.status(), 201);
    const { url } = await answer.json();
    await ada.page.evaluate(async (url) => {
      const makers = {
        iframe: (one) => (one.src = url),
        img: (one) => (one.src = url),
        object: (one) => (one.data = url),
        embed: (one) => (one.src = url),
        script: (one) => (one.src = url),
      };
      for (const [tag, points] of Object.entries(makers)) {
        const one = document.createElement(tag);
        try {
          points(one);
        } catch {
          continue; // Trusted types keep even the address out.
        }
        await new Promise((done) => {
          one.addEventListener('load', done);
          one.addEventListener('error', done);
          document.body.append(one);
          // A frame that becomes a download tells nothing.
          setTimeout(done, 300);
        });
        one.remove();
      }
    }, url);
    const tab = await ada.context.newPage();
    const download = tab.waitForEvent('download');
    await tab.goto(ada.url + url).catch(() => {});
    assert.equal((await download).suggestedFilename(), name, 'a tab of its own gets a download');
    assert.notEqual(await tab.title(), 'pwned');
    await tab.close();
    assert.equal(await ada.page.evaluate(() => window.pwned), undefined, `${name} ran`);
  }
});
