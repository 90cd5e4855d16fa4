// Finding what was said.
import assert from 'node:assert/strict';
import { device, inBothLooks, violations } from './support/axe.mjs';
import { answered, DESKTOP, PHONE, SERVER_AWAY } from './support/browser.mjs';
import { house } from './support/house.mjs';
import { expectFocus, until } from './support/wait.mjs';

/** The stories themselves ask more often than a person may, to wait for what was just said. */
const { story } = house({ environment: { SNUG_LIMITS__SEARCHES_PER_SECOND: '100' } });

const field = ({ page }) => page.getByRole('combobox', { name: 'Search messages' });
const hits = ({ page }) => page.locator('.findgroup a');
const total = ({ page }) => page.locator('.findbar .total');

/** The server finds what is a second old. */
const knows = (person, query, count) => until(() => person.asks('GET', `/search?q=${encodeURIComponent(query)}`), (answer) => answer.total >= count, `${query} can be found`);

let places;
/** Two rooms, the same in every story; each has words of its own. */
async function begins({ owner, guest }, { options, alone } = {}) {
  const ada = await owner(options);
  places ??= { harbour: await ada.makesRoom('Harbour'), hall: await ada.makesRoom('Town hall') };
  const { harbour, hall } = places;
  const bob = alone ? null : await guest('Bob Larsen', { rooms: [harbour, hall] });
  return { ada, bob, harbour, hall };
}

story('as one types: by room, marked, filtered by completions with the keyboard, and nothing found', async (stage) => {
  const { ada, bob, harbour, hall } = await begins(stage, { options: device(DESKTOP) });
  await ada.says(harbour, 'The lantern is **lit** tonight');
  await bob.says(hall, 'A lantern for the hall <img src=x onerror=alert(1)>');
  await bob.sends(harbour, '', [['lantern-plan.pdf', Buffer.from('%PDF-1.7\n')]]);
  await knows(ada, 'lantern', 3);
  await ada.comesTo(harbour);
  await ada.page.getByRole('link', { name: 'Search', exact: true }).click();
  await expectFocus(field(ada));
  await ada.page.getByRole('heading', { name: 'What can be typed' }).waitFor();
  assert.deepEqual(await violations(ada.page, 'nothing typed'), []);

  await ada.page.keyboard.type('lant');
  await ada.shows(total(ada), '3 messages');
  assert.equal(await hits(ada).count(), 3);
  assert.deepEqual((await ada.page.locator('.findgroup h2 .utext').allInnerTexts()).sort(), ['Harbour', 'Town hall']);
  await ada.page.locator('.findgroup mark', { hasText: 'lantern' }).first().waitFor();
  // Words are words, and Markdown is read.
  await hits(ada).filter({ hasText: 'A lantern for the hall <img src=x onerror=alert(1)>' }).waitFor();
  await hits(ada).filter({ hasText: 'The lantern is lit tonight' }).waitFor();
  assert.equal(await ada.page.locator('.finder img[src=x]').count(), 0);
  await until(() => ada.page.locator('#polite').textContent(), (text) => text === '3 messages', 'said to a screen reader');
  assert.deepEqual(await inBothLooks(ada.page, 'found'), []);

  // A filter, by the keyboard alone.
  const { keyboard } = ada.page;
  await keyboard.type(' from:lars');
  const option = ada.page.getByRole('option', { name: /Bob Larsen/ });
  await option.first().waitFor();
  assert.equal(await field(ada).getAttribute('aria-activedescendant'), await option.first().getAttribute('id'));
  assert.deepEqual(await violations(ada.page, 'completing'), []);
  await keyboard.press('Enter');
  await until(() => field(ada).inputValue(), (text) => text === `lant from:${bob.user.username} `, 'the filter is in the field');
  // What is whole is looked for whole.
  await ada.shows(ada.page.locator('.filters'), 'From Bob Larsen');
  await field(ada).press('Home');
  for (let n = 0; n < 4; n++) await keyboard.press('ArrowRight');
  await keyboard.type('ern');
  await ada.shows(total(ada), '2 messages');
  await keyboard.press('End');
  await keyboard.type('in:tow');
  await ada.page.getByRole('option', { name: /Town hall/ }).waitFor();
  await keyboard.press('Tab');
  await until(() => field(ada).inputValue(), (text) => text.endsWith('in:"Town hall" '), 'a name with a blank');
  await ada.shows(total(ada), '1 message');
  await keyboard.type('has:');
  await ada.page.getByRole('option', { name: /picture/ }).waitFor();
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await ada.page.getByRole('heading', { name: 'Nothing found' }).waitFor();
  assert.deepEqual(await violations(ada.page, 'nothing found'), []);
  await ada.button('Remove the filter With picture').click();
  await ada.shows(total(ada), '1 message');
  await ada.button('Remove the filter In Town hall').click();
  await ada.shows(total(ada), '2 messages');
  await expectFocus(field(ada));
  await field(ada).fill('nobodyeversaidthis in:Harbour');
  await ada.button('Search in all rooms').click();
  await until(() => field(ada).inputValue(), (text) => text === 'nobodyeversaidthis ', 'without the room');
});

story('from a room, to a message far up, to the present and back to what was found', async (stage) => {
  const { ada, bob, harbour, hall } = await begins(stage);
  const first = await bob.says(harbour, 'The walnut is at the beginning');
  await bob.says(hall, 'Another walnut elsewhere');
  await Promise.all(Array.from({ length: 90 }, (_, n) => bob.says(harbour, `filling ${n}`)));
  const root = await ada.says(harbour, 'Who knows about wood?');
  const answer = await bob.says(harbour, 'The walnut of the thread', { thread: root.id });
  await knows(ada, 'walnut', 3);
  await ada.hasRead(harbour);
  await ada.comesTo(harbour);
  const { keyboard } = ada.page;
  await ada.composer.focus();
  await keyboard.press('Control+f');
  await expectFocus(field(ada));
  await until(() => field(ada).inputValue(), (text) => text === 'in:Harbour ', 'the room is in the field');
  await keyboard.type('walnut');
  await ada.shows(total(ada), '2 messages');
  await ada.page.getByText('Newest').click();
  await until(() => ada.page.evaluate(() => history.state.sort), (sort) => sort === 'newest', 'the newest are here');
  assert.equal(await hits(ada).first().getAttribute('data-find'), String(answer.id));
  // Pressed again in the field it is the browser's own search.
  const left = ada.page.evaluate(() => new Promise((done) => addEventListener('keydown', (event) => event.key === 'f' && done(event.defaultPrevented))));
  await field(ada).press('Control+f');
  assert.equal(await left, false);

  await field(ada).press('ArrowDown');
  await expectFocus(hits(ada).first());
  await keyboard.press('ArrowDown');
  await expectFocus(hits(ada).nth(1));
  await keyboard.press('Enter');
  await ada.byId(first).waitFor();
  assert.equal(new URL(ada.page.url()).pathname, `/r/${harbour.id}/${first.id}`);
  await expectFocus(ada.byId(first));
  await ada.button('Jump to present').click();
  await ada.byId(root).waitFor();
  await ada.button('Back to what was found').click();
  await expectFocus(hits(ada).nth(1), 'the message that was opened');
  assert.equal(await field(ada).inputValue(), 'in:Harbour walnut');
  assert.equal(await hits(ada).count(), 2);

  // One in a thread opens the thread.
  await hits(ada).first().click();
  const thread = ada.page.getByRole('complementary', { name: 'Thread' });
  await thread.locator(`article[data-id="${answer.id}"]`).waitFor();
  await ada.page.goBack();
  await hits(ada).nth(1).click();
  await ada.byId(first).waitFor();
  assert.equal(await thread.count(), 0, 'the thread of before is not in the way');
  await ada.page.goBack();
  await expectFocus(hits(ada).nth(1));
  // Up leads to the field, Esc too, and once more out of the search, to the room.
  await keyboard.press('Escape');
  await expectFocus(field(ada));
  await keyboard.press('Escape');
  await ada.composer.waitFor();
  assert.equal(new URL(ada.page.url()).pathname, `/r/${harbour.id}`);
  // It is remembered, and can be forgotten.
  await ada.page.getByRole('link', { name: 'Search', exact: true }).click();
  const last = ada.page.getByRole('region', { name: 'Searched lately' });
  await last.getByRole('button', { name: 'in:Harbour walnut', exact: true }).click();
  await ada.shows(total(ada), '2 messages');
  await ada.button('Clear').click();
  await ada.button('Forget “in:Harbour walnut”').click();
  await last.waitFor({ state: 'hidden' });
});

story('an answer that comes too late is not shown, and typing fast is no error', async (stage) => {
  const { ada, harbour } = await begins(stage, { alone: true });
  await ada.says(harbour, 'quicksilver and quickstep');
  await knows(ada, 'quicksilver', 1);
  await ada.opens('/search');
  await field(ada).waitFor();
  const asked = [];
  const times = [];
  let release;
  const held = new Promise((done) => (release = done));
  await ada.page.route('**/api/v1/search?*', async (route) => {
    const q = new URL(route.request().url()).searchParams.get('q');
    asked.push(q);
    times.push(Date.now());
    if (q === 'quickstep') {
      // Slow, and about words that are no longer there.
      await held;
      return route.fulfill({ json: { hits: [], users: [], next: null, total: 77, took_ms: 1, partial: false } }).catch(() => {});
    }
    return route.continue();
  });
  await field(ada).fill('quickstep');
  await until(() => asked.length, (count) => count === 1, 'the first question');
  await field(ada).fill('quicksilver');
  await ada.shows(total(ada), '1 message');
  release();
  await ada.page.evaluate(() => new Promise((next) => setTimeout(next)));
  assert.equal(await total(ada).innerText(), '1 message');
  // Letter by letter: only the last words are asked for, and nobody is told to slow down.
  await field(ada).fill('');
  await field(ada).pressSequentially('quicksilver and', { delay: 60 });
  await ada.shows(total(ada), '1 message');
  assert.ok(asked.length <= 5, asked.join(' | '));
  // Two a second, which is what a server allows that nobody has told otherwise.
  assert.ok(times.every((at, n) => !n || at - times[n - 1] > 480), times.join(' '));
});

story('who is told to wait waits, and asks again by itself', async (stage) => {
  const { ada, harbour } = await begins(stage, { alone: true });
  await ada.says(harbour, 'patience is a virtue');
  await knows(ada, 'patience', 1);
  ada.expect(answered(429), answered(503));
  await ada.opens('/search');
  let refused = 0;
  await ada.page.route('**/api/v1/search?*', (route) =>
    refused++ ? route.continue() : route.fulfill({ status: 429, headers: { 'retry-after': '1' }, json: { code: 'rate_limited', title: 'Too many' } }),
  );
  await field(ada).fill('patience');
  await ada.shows(total(ada), '1 message');
  assert.ok(refused >= 2);
  // Not ready, and cut off: said in words, with a way to try again.
  await ada.page.unroute('**/api/v1/search?*');
  await ada.page.route('**/api/v1/search?*', (route) => route.fulfill({ status: 503, json: { code: 'search_unavailable', title: 'Not ready' } }));
  await field(ada).fill('patience is');
  await ada.shows(ada.page.locator('.finder [role=alert]'), 'Search is not ready at this moment.');
  await ada.page.unroute('**/api/v1/search?*');
  await ada.button('Try again').click();
  await ada.shows(total(ada), '1 message');
  // Without a network it says so; what was typed is looked for as soon as there is one.
  ada.expect(...SERVER_AWAY, /ERR_INTERNET_DISCONNECTED/, /ERR_FAILED/);
  await ada.context.setOffline(true);
  await field(ada).fill('patience is a');
  await ada.page.getByRole('heading', { name: 'Search needs the server' }).waitFor();
  await ada.context.setOffline(false);
  await ada.shows(total(ada), '1 message');
  // Not all of it: said plainly.
  await ada.page.route('**/api/v1/search?*', async (route) => {
    const answer = await route.fetch();
    return route.fulfill({ response: answer, json: { ...(await answer.json()), partial: true } });
  });
  await field(ada).fill('virtue');
  await ada.shows(total(ada), 'Not everything is found yet');
});

story('what is deleted, changed or left is found no longer', async (stage) => {
  const { ada, bob, harbour, hall } = await begins(stage);
  const one = await ada.says(harbour, 'marigold one');
  const two = await ada.says(harbour, 'marigold two');
  await ada.says(hall, 'marigold three');
  await knows(bob, 'marigold', 3);
  await bob.opens('/search');
  await bob.isOnline();
  await field(bob).fill('marigold');
  await bob.shows(total(bob), '3 messages');
  await ada.asks('DELETE', `/rooms/${harbour.id}/messages/${one.id}`);
  await bob.shows(total(bob), '2 messages');
  await ada.asks('PATCH', `/rooms/${harbour.id}/messages/${two.id}`, { text: 'a rose is a rose' });
  await hits(bob).filter({ hasText: 'a rose is a rose' }).waitFor();
  await bob.asks('POST', `/rooms/${hall.id}/leave`);
  await until(() => hits(bob).filter({ hasText: 'marigold three' }).count(), (count) => count === 0, 'nothing of the room');
  await bob.shows(total(bob), '1 message');
});

story('more than one page', async (stage) => {
  const { ada, harbour } = await begins(stage, { alone: true });
  await Promise.all(Array.from({ length: 30 }, (_, n) => ada.says(harbour, `tulip number ${n}`)));
  await knows(ada, 'tulip', 30);
  await ada.comesTo(harbour);
  await ada.button('Search in this room').click();
  await field(ada).pressSequentially('tulip');
  await ada.shows(total(ada), '30 messages');
  assert.equal(await hits(ada).count(), 25);
  await ada.button('Show more').click();
  await until(() => hits(ada).count(), (count) => count === 30, 'all of them');
  assert.equal(await ada.page.locator('.findgroup').count(), 1);
});

story('on a phone it is the whole screen, with a way back', async (stage) => {
  const { ada, bob, harbour } = await begins(stage, { options: device(PHONE) });
  const far = await bob.says(harbour, `petunia ${'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(6)}`);
  await knows(ada, 'petunia', 1);
  await ada.comesTo(harbour);
  await ada.page.locator('#details-toggle').tap();
  await ada.page.getByRole('complementary').getByRole('button', { name: 'Search', exact: true }).tap();
  await field(ada).waitFor();
  assert.equal(await ada.sidebar.isVisible(), false);
  await field(ada).fill('in:Harbour petunia');
  await ada.shows(total(ada), '1 message');
  await ada.fits('what was found');
  assert.deepEqual(await violations(ada.page, 'found on a phone'), []);
  await hits(ada).first().tap();
  await ada.byId(far).waitFor();
  // What was open beside the conversation would lie over it.
  assert.equal(await ada.page.getByRole('complementary').count(), 0);
  await ada.button('Back to what was found').tap();
  await hits(ada).first().waitFor();
  await ada.button('Back').tap();
  await ada.composer.waitFor();
});
