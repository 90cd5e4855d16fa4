// The window of a long conversation: never more than 300 messages on the page, and writing stays quick beside them.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

story('300 messages on the page, and a key is quick', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Crowded');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  for (let n = 0; n < 360; n++) await (n % 3 ? ada : bob).says(room, `message ${n} ${'of some length '.repeat(n % 9)}`);
  await bob.hasRead(room);
  await bob.comesTo(room);
  await bob.sees('message 359');
  const count = () => bob.log.locator('article[data-id]').count();
  // Up until no more is kept.
  const shown = await until(
    async () => (await bob.log.evaluate((log) => (log.scrollTop = Math.min(log.scrollTop, log.clientHeight))), await count()),
    (rows) => rows >= 280,
    'many are shown',
    30_000,
  );
  assert.ok(shown <= 300, `${shown} rows`);
  await bob.composer.focus();
  const took = await bob.page.evaluate(async () => {
    const box = document.querySelector('.comp textarea');
    const times = [];
    const works = [];
    for (let n = 0; n < 40; n++) {
      await new Promise((next) => requestAnimationFrame(next));
      const start = performance.now();
      box.value += 'x';
      box.dispatchEvent(new InputEvent('input', { bubbles: true }));
      await Promise.resolve();
      // The layout that the key causes belongs to it.
      void box.offsetHeight;
      works.push(performance.now() - start);
      await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
      times.push(performance.now() - start);
    }
    return { times: times.sort((a, b) => a - b), works: works.sort((a, b) => a - b) };
  });
  const at = (list, part) => list[Math.floor(list.length * part)].toFixed(1);
  const { times, works } = took;
  console.log(`a key with ${shown} messages: work ${at(works, 0.5)} ms (90 %: ${at(works, 0.9)}), to the next frame's end ${at(times, 0.5)} ms (90 %: ${at(times, 0.9)})`);
  // New messages while one is up there drop nothing of what is read, and the count stays within bounds.
  await ada.says(room, 'one more');
  await bob.page.getByRole('button', { name: '1 new message' }).waitFor();
  assert.ok((await count()) <= 300);
  await bob.page.getByRole('button', { name: '1 new message' }).click();
  await bob.sees('one more');
  assert.ok((await count()) <= 300);
});
