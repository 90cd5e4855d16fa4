// A voice note: spoken, heard once more, sent, and heard by somebody else.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { device, inBothLooks } from './support/axe.mjs';
import { DESKTOP, PHONE } from './support/browser.mjs';
import { expectFocus, until } from './support/wait.mjs';

const { story } = house();

/** Presses "Voice note" in the menu. */
async function takesTheMicrophone(person) {
  await person.button('Attach').click();
  await person.menu.getByRole('menuitem', { name: 'Voice note' }).click();
}

const recorder = (person) => person.page.getByRole('group', { name: 'Voice note' });

/** Waits until so many seconds are recorded. */
const speaks = (person, seconds) => until(() => recorder(person).locator('time').innerText(), (time) => /^0:0(\d)$/.test(time) && Number(time.at(-1)) >= seconds, 'the clock runs');

story('Ada speaks, hears herself, and Bob hears her', async ({ owner, guest }) => {
  const ada = await owner(device(DESKTOP));
  const room = await ada.makesRoom('Voices');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  await ada.comesTo(room);
  await bob.comesTo(room);
  await ada.composer.fill('half a thought');
  await takesTheMicrophone(ada);
  await speaks(ada, 2);
  assert.deepEqual(await inBothLooks(ada.page, 'recording'), []);
  await ada.isPhotographed('voice recording');
  await ada.button('Stop').click();
  await recorder(ada).locator('audio').waitFor();
  await expectFocus(recorder(ada).getByRole('button', { name: 'Send' }));
  assert.deepEqual(await inBothLooks(ada.page, 'a recorded note'), []);
  await ada.isPhotographed('voice heard once more');
  await ada.page.keyboard.press('Enter');
  await recorder(ada).waitFor({ state: 'detached' });
  await ada.log.locator('article[data-state=sent]').waitFor();
  assert.equal(await ada.composer.inputValue(), 'half a thought', 'what is being written stays');

  const { messages } = await bob.asks('GET', `/rooms/${room.id}/messages`);
  const [note] = messages.at(-1).files;
  assert.match(note.type, /^(audio|video)\/(webm|mp4|ogg)$/);
  assert.ok(note.duration_ms >= 2000 && note.duration_ms < 60_000, `${note.duration_ms} ms`);
  assert.equal(note.waveform.length, 64);
  assert.ok(note.waveform.some((one) => one > 4) && note.waveform.every((one) => one >= 0 && one <= 31), note.waveform.join());
  const heard = await bob.page.evaluate(async (url) => {
    const sound = await new AudioContext().decodeAudioData(await (await fetch(url)).arrayBuffer());
    return { seconds: sound.duration, loud: sound.getChannelData(0).reduce((most, one) => Math.max(most, one), 0) };
  }, note.url);
  assert.ok(heard.seconds > 1.5 && heard.loud > 0.01, JSON.stringify(heard));
  await bob.log.getByRole('button', { name: /Play/ }).first().waitFor();
});

story('a note that is thrown away is nowhere, and the microphone is off', async ({ owner }) => {
  const ada = await owner(DESKTOP);
  const room = await ada.makesRoom('Second thoughts');
  await ada.context.addInitScript(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (how) => (window.stream = await ask(how));
  });
  await ada.comesTo(room);
  assert.equal(await ada.page.evaluate(() => window.stream), undefined, 'nobody is asked before it is wanted');
  await takesTheMicrophone(ada);
  await speaks(ada, 1);
  await ada.page.keyboard.press('Escape');
  await recorder(ada).waitFor({ state: 'detached' });
  await expectFocus(ada.composer);
  await until(() => ada.page.evaluate(() => window.stream.getTracks().every((track) => track.readyState === 'ended')), Boolean, 'the microphone is off');
  assert.equal(await ada.log.getByRole('article').count(), 0);
});

story('a refused microphone is said in words', async ({ owner }) => {
  const ada = await owner(device(PHONE));
  const room = await ada.makesRoom('Refused');
  await ada.context.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));
  });
  await ada.comesTo(room);
  await takesTheMicrophone(ada);
  const said = ada.page.getByRole('alert').filter({ hasText: 'does not let Snug use the microphone' });
  await said.waitFor();
  assert.deepEqual(await inBothLooks(ada.page, 'refused'), []);
  await ada.fits('the refusal');
  await ada.isPhotographed('voice refused');
  await said.getByRole('button', { name: 'Close' }).tap();
  await said.waitFor({ state: 'detached' });
});
