// A house for stories: one server and one Chromium per file, and people who come in by the front door.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DESKTOP, launch, profile } from './browser.mjs';
import { Person } from './person.mjs';
import { Server } from './server.mjs';

export const PASSWORD = 'four warm words here';

/** @param {{environment?: Record<string, string>, full?: boolean, timeout?: number}} [how] `full`: only told when everything is */
export function house({ environment, full, timeout = 90_000 } = {}) {
  const home = { server: null, browser: null, owned: false, guests: 0 };
  const skip = full && !process.env.SNUG_TEST_FULL && 'told with --full';

  before(async () => {
    if (skip) return;
    home.server = await Server.start(environment);
    home.browser = await launch(await home.server.keyHash());
  });
  after(async () => {
    await home.browser?.close();
    await home.server?.stop();
  });

  /** Somebody with a browser of their own and no account. */
  const visitor = async (stage, options) => {
    const own = await profile(home.browser, options);
    const person = new Person(home, own, await own.context.newPage());
    stage.people.push(person);
    return person;
  };

  /**
   * A story. Everything that a page complained about and the story did not expect fails it.
   * @param {string} name
   * @param {(stage: {visitor: Function, owner: Function, guest: Function, home: typeof home}) => Promise<void>} tell
   */
  const story = (name, tell) =>
    test(name, { timeout, skip }, async () => {
      const stage = { people: [], home, server: home.server };
      stage.visitor = (options = DESKTOP) => visitor(stage, options);
      /** Ada, to whom the server belongs. */
      stage.owner = async (options = DESKTOP) => {
        const ada = await visitor(stage, options);
        if (home.owned) await ada.isLetIn('/auth/login', { username: 'ada', password: PASSWORD });
        else {
          const code = home.server.setupLink.split('#')[1];
          await ada.isLetIn('/setup', { code, username: 'ada', name: 'Ada Berg', password: PASSWORD, server_name: 'Harbour Studio' });
          home.owned = true;
        }
        return ada;
      };
      /** Somebody new, with an account. @param {string} name @param {{rooms?: any[], device?: object, from: any}} how `from` invites */
      stage.guest = async (name, { from, rooms = [], device = DESKTOP, username } = {}) => {
        const guest = await visitor(stage, device);
        const host = from ?? stage.people[0];
        const invite = await host.asks('POST', '/invites', { rooms: rooms.map((room) => room.id) });
        username ??= `${name.split(' ')[0].toLowerCase().replace(/[^a-z]/g, '')}${++home.guests}`;
        await guest.isLetIn('/auth/register', { username, name, password: PASSWORD, invite: invite.code });
        return guest;
      };
      try {
        await tell(stage);
        for (const person of stage.people) assert.deepEqual(person.complaints(), [], `the page of ${person.user?.name ?? 'a visitor'}`);
      } catch (error) {
        await Promise.all(stage.people.map((person, at) => person.isPhotographed(`failed ${name} ${at + 1}`).catch(() => {})));
        error.message += stage.people
          .map((person) => `\n  ${person.user?.name ?? 'a visitor'} at ${person.page.url()}: ${person.complaints().join(' | ') || 'no complaints'}`)
          .join('');
        throw error;
      } finally {
        await Promise.all(stage.people.map((person) => person.goes()));
      }
    });
  return { story, home };
}
