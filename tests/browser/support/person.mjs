// Somebody at a browser, in the words of the stories.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { expectLocator, until } from './wait.mjs';

export class Person {
  /** @param {{server: any}} home @param {any} own profile @param {import('playwright-core').Page} page */
  constructor(home, own, page) {
    this.home = home;
    this.context = own.context;
    this.expect = own.expect;
    this.complaints = own.complaints;
    this.page = page;
    this.user = null;
  }

  get url() {
    return this.home.server.url;
  }

  // By the API, for what a story only builds on.

  /** Asks the server with this person's session. @returns {Promise<any>} */
  async asks(method, path, body, { status } = {}) {
    const answer = await this.context.request.fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { origin: this.url },
      ...(body === undefined ? {} : { data: body }),
    });
    const text = await answer.text();
    if (status ? answer.status() !== status : !answer.ok()) assert.fail(`${method} ${path}: ${answer.status()} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Gets an account or a session without the page. */
  async isLetIn(path, body) {
    this.user = (await this.asks('POST', path, body)).user;
    return this.user;
  }

  /** @param {string} name @param {{kind?: string, topic?: string, members?: Person[]}} [how] @returns {Promise<any>} the room */
  makesRoom(name, { kind = 'public', topic, members = [] } = {}) {
    return this.asks('POST', '/rooms', { name, kind, topic, members: members.map((member) => member.user.id) });
  }

  joins(room) {
    return this.asks('POST', `/rooms/${room.id}/join`);
  }

  /** @param {any} room @param {string} text @param {object} [more] reply_to and the like */
  says(room, text, more = {}) {
    return this.asks('POST', `/rooms/${room.id}/messages`, { text, ...more });
  }

  /** Uploads without the page. @param {any} room @param {string} name @param {Buffer} bytes @param {{thumb?: Buffer, duration_ms?: number, waveform?: number[]}} [more] @returns {Promise<any>} the File */
  async uploads(room, name, bytes, { thumb, ...more } = {}) {
    const query = new URLSearchParams({ name, ...Object.fromEntries(Object.entries(more).map(([key, value]) => [key, String(value)])) });
    const send = async (method, path, data, type) => {
      const answer = await this.context.request.fetch(`${this.url}${path}`, { method, data, headers: { origin: this.url, 'content-type': type } });
      if (!answer.ok()) assert.fail(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
      return answer;
    };
    const file = await (await send('POST', `/api/v1/rooms/${room.id}/files?${query}`, bytes, 'application/octet-stream')).json();
    if (thumb) await send('PUT', `/files/${file.id}/thumb`, thumb, 'image/jpeg');
    return file;
  }

  /** Says something with files. @param {any} room @param {string} text @param {any[]} files each as for `uploads`, without the room @returns {Promise<any>} the Message */
  async sends(room, text, files, more = {}) {
    const ids = [];
    for (const file of files) ids.push((await this.uploads(room, ...file)).id);
    return this.says(room, text, { files: ids, ...more });
  }

  /** Reads all of a room. */
  hasRead(room) {
    return this.asks('POST', `/rooms/${room.id}/read`, { up_to: 2 ** 50 });
  }

  // At the page.

  /** @param {string} [path] */
  async opens(path = '/') {
    await this.page.goto(this.url + path);
    return this;
  }

  /** Opens a room and waits until it can be written in. @param {any} room @param {number} [message] */
  async comesTo(room, message) {
    await this.opens(`/r/${room.id}${message ? `/${message}` : ''}`);
    await this.composer.waitFor();
    await this.log.and(this.page.locator('[aria-busy=false]')).waitFor();
    await this.isOnline();
    return this;
  }

  /** Presence of oneself is known from the first frame of the socket on. */
  async isOnline() {
    await this.page.locator('.me [data-presence=active], .app [data-presence=active]').first().waitFor({ state: 'attached' });
  }

  get composer() {
    return this.page.getByRole('textbox', { name: /^Message / });
  }
  get log() {
    return this.page.locator('#messages');
  }
  get sidebar() {
    return this.page.locator('#side');
  }
  /** @param {any} room a room, or the id of one */
  row(room) {
    return this.sidebar.locator(`a[data-room="${room.id ?? room}"]`);
  }
  /** @param {string|RegExp} text */
  message(text) {
    return this.log.getByRole('article').filter({ has: this.page.locator('.b', { hasText: text }) });
  }
  byId(message) {
    return this.log.locator(`article[data-id="${message.id ?? message}"]`);
  }
  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }
  get dialog() {
    return this.page.getByRole('dialog');
  }
  get menu() {
    return this.page.getByRole('menu');
  }

  /** Writes and sends in the open room. */
  async writes(text) {
    await this.composer.fill(text);
    await this.composer.press('Enter');
  }

  /** Waits until the browser keeps what is being written, which happens a moment after the last key. */
  keepsDraft(text) {
    const kept = async ([user, wanted]) => {
      const database = await new Promise((done, failed) => {
        const request = indexedDB.open(`snug-${user}`);
        request.onsuccess = () => done(request.result);
        request.onerror = failed;
      });
      const drafts = await new Promise((done) => {
        const request = database.transaction('drafts').objectStore('drafts').getAll();
        request.onsuccess = () => done(request.result);
      });
      database.close();
      return drafts.some((draft) => draft.text.includes(wanted));
    };
    return until(() => this.page.evaluate(kept, [this.user.id, text]), Boolean, 'the draft is kept');
  }

  /** @param {string|RegExp} text */
  async sees(text) {
    await this.message(text).first().waitFor();
  }

  /** @param {any} room */
  async goesTo(room) {
    await this.row(room).click();
    await this.composer.waitFor();
  }

  /** The words of all messages on the page, in their order. @returns {Promise<string[]>} */
  reads() {
    return this.log.locator('article .b').allInnerTexts();
  }

  /** @param {import('playwright-core').Locator} locator @param {string|RegExp} text */
  shows(locator, text) {
    return expectLocator(locator, text);
  }

  /** Sees that nothing is wider than the window: neither the page nor any part of it, scrolled or cut off. */
  async fits(what) {
    assert.deepEqual(await this.tooWide(), [], what);
  }

  /** @returns {Promise<string[]>} what does not fit */
  tooWide() {
    return this.page.evaluate(() => {
      const name = (one) => `${one.tagName.toLowerCase()}${one.id ? `#${one.id}` : ''}.${[...one.classList].join('.')}: ${one.scrollWidth} px in ${one.clientWidth}`;
      const root = document.documentElement;
      const parts = [...document.querySelectorAll('body *')].filter((one) => {
        if (one.scrollWidth <= one.clientWidth + 1 || one.clientWidth < root.clientWidth / 3) return false;
        // Code and tables scroll by themselves, one line of text may end in dots, a field holds what it likes.
        if (one.closest('.sr, pre, .tw, input, textarea, svg')) return false;
        const { overflowX, textOverflow } = getComputedStyle(one);
        return overflowX !== 'visible' && textOverflow !== 'ellipsis';
      });
      return [root, ...parts].filter((one) => one.scrollWidth > one.clientWidth).map(name);
    });
  }

  /** @param {string} name of the picture */
  async isPhotographed(name) {
    const file = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    await this.page.screenshot({ path: fileURLToPath(new URL(`../out/${file}.png`, import.meta.url)), animations: 'disabled' });
  }

  async goes() {
    await this.context.close();
  }
}
