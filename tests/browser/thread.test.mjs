// Threads: answering beside the conversation, following, what is unread, and links into one.
import assert from 'node:assert/strict';
import { house } from './support/house.mjs';
import { DESKTOP, PHONE } from './support/browser.mjs';
import { device, inBothLooks } from './support/axe.mjs';
import { until } from './support/wait.mjs';

const { story } = house();

const drawer = (person) => person.page.getByRole('complementary', { name: 'Thread' });
const inThread = (person, text) => drawer(person).getByRole('article').filter({ hasText: text });
const replies = (person, message, text) => person.byId(message).getByRole('button', { name: text });

async function opensThread(person, message) {
  await person.byId(message).hover();
  await person.byId(message).getByRole('button', { name: 'More' }).click();
  await person.menu.getByRole('menuitem', { name: 'Reply in thread' }).click();
  await drawer(person).waitFor();
}

async function answers(person, text) {
  const box = drawer(person).getByRole('textbox');
  await box.fill(text);
  await box.press('Enter');
  await inThread(person, text).and(person.page.locator('[data-state=sent]')).waitFor();
}

story('Bob answers in a thread, Ada sees it beside the conversation and is told', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Side talk');
  const other = await ada.makesRoom('Elsewhere');
  const bob = await guest('Bob Larsen', { rooms: [room, other] });
  const root = await ada.says(room, 'shall we sail?');
  await ada.says(room, 'and something else');
  await ada.comesTo(room);
  await bob.comesTo(room);
  await bob.sees('something else');

  await opensThread(bob, root);
  await inThread(bob, 'shall we sail?').waitFor();
  await drawer(bob).getByText('No replies yet').waitFor();
  await answers(bob, 'gladly');
  await replies(bob, root, '1 reply').waitFor();
  // The flow of the room stays as it was.
  assert.deepEqual(await bob.page.locator('#messages article .b').allInnerTexts(), ['shall we sail?', 'and something else']);

  // Ada: under the root, and in the sidebar.
  await replies(ada, root, '1 reply').waitFor();
  const entry = ada.sidebar.getByRole('link', { name: /^Threads/ });
  await ada.shows(entry, 'unread');
  assert.deepEqual(await ada.page.locator('#messages article .b').allInnerTexts(), ['shall we sail?', 'and something else']);
  await replies(ada, root, '1 reply').click();
  await inThread(ada, 'gladly').waitFor();
  await until(() => entry.innerText(), (text) => !text.includes('unread'), 'read a moment later');
  await answers(ada, 'then at nine');
  await inThread(bob, 'then at nine').waitFor();
  await replies(bob, root, '2 replies').waitFor();

  // Taken back: the count goes down, the place stays.
  await inThread(bob, 'gladly').hover();
  await inThread(bob, 'gladly').getByRole('button', { name: 'More' }).click();
  await bob.menu.getByRole('menuitem', { name: 'Delete' }).click();
  await bob.dialog.getByRole('button', { name: 'Delete' }).click();
  await replies(ada, root, '1 reply').waitFor();
  await drawer(ada).getByText('Message deleted').waitFor();

  // Escape closes it and gives the focus back.
  await drawer(ada).getByRole('textbox').press('Escape');
  await drawer(ada).waitFor({ state: 'detached' });
});

story('followed threads are listed, lead to where they are, and can be left alone', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Many threads');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  const first = await ada.says(room, 'first question');
  const second = await ada.says(room, 'second question');
  await bob.says(room, 'one', { thread: first.id });
  await bob.says(room, 'two', { thread: second.id });
  await ada.opens('/threads');
  const list = ada.page.getByRole('list', { name: 'Threads' });
  await list.getByText('second question').waitFor();
  assert.deepEqual((await list.locator('.thl-t b').allInnerTexts()).slice(0, 2), ['Ada Berg: second question', 'Ada Berg: first question']);
  // A new answer brings its thread to the top.
  await bob.says(room, 'three', { thread: first.id });
  await until(() => list.locator('.thl-t b').first().innerText(), (text) => text.includes('first'), 'the order follows');
  await list.getByText('first question').click();
  await inThread(ada, 'three').waitFor();
  await ada.page.getByRole('heading', { name: 'Many threads', level: 1 }).waitFor();
  await drawer(ada).getByRole('button', { name: 'Stop following this thread' }).click();
  await drawer(ada).getByRole('button', { name: 'Follow this thread' }).waitFor();
  await bob.says(room, 'four', { thread: first.id });
  await inThread(ada, 'four').waitFor();
  await until(() => ada.asks('GET', '/me/threads'), ({ threads }) => !threads.some(({ root }) => root.id === first.id), 'it is no longer listed');
});

story('a link to an answer opens its thread, and words not sent stay with it', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Deep');
  const bob = await guest('Bob Larsen', { rooms: [room] });
  const root = await ada.says(room, 'the root');
  const other = await ada.says(room, 'another root');
  const answer = await ada.says(room, 'deep down', { thread: root.id });
  // It is lit for a moment only, so the eye is there before.
  const lit = bob.page.locator(`.thread article.flash[data-id="${answer.id}"]`).waitFor();
  await Promise.all([lit, bob.comesTo(room, answer.id)]);
  await inThread(bob, 'deep down').waitFor();
  await drawer(bob).getByRole('textbox').fill('half an answer');
  await opensThread(bob, other);
  await inThread(bob, 'another root').waitFor();
  assert.equal(await drawer(bob).getByRole('textbox').inputValue(), '');
  await opensThread(bob, root);
  await inThread(bob, 'deep down').waitFor();
  assert.equal(await drawer(bob).getByRole('textbox').inputValue(), 'half an answer');
});

story('on a phone a thread is a pane of its own', async ({ owner, guest }) => {
  const ada = await owner();
  const room = await ada.makesRoom('Small');
  const bob = await guest('Bob Larsen', { rooms: [room], device: PHONE });
  const root = await ada.says(room, 'small screen');
  await ada.says(room, 'yes', { thread: root.id });
  await bob.comesTo(room);
  await replies(bob, root, '1 reply').click();
  await inThread(bob, 'yes').waitFor();
  await bob.fits('the thread');
  const box = await drawer(bob).boundingBox();
  assert.ok(box.width >= 389, `as wide as the window: ${box.width}`);
  await drawer(bob).getByRole('button', { name: 'Back to the conversation' }).click();
  await drawer(bob).waitFor({ state: 'detached' });
});

story('axe finds nothing in a thread and in the list of threads', async ({ owner, guest }) => {
  const ada = await owner(device(DESKTOP));
  const room = await ada.makesRoom('Looked at');
  const bob = await guest('Bob Larsen', { rooms: [room], device: device(PHONE) });
  const root = await ada.says(room, 'to be looked at');
  const answer = await bob.says(room, 'yes @ada', { thread: root.id });
  const found = [];
  for (const person of [ada, bob]) {
    await person.comesTo(room, answer.id);
    await inThread(person, 'yes').waitFor();
    found.push(...(await inBothLooks(person.page, 'a thread')));
    await person.opens('/threads');
    await person.page.getByRole('list', { name: 'Threads' }).waitFor();
    found.push(...(await inBothLooks(person.page, 'the threads')));
  }
  assert.deepEqual(found, []);
});
