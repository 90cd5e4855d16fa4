// The real server: the built binary in a folder of its own, over TLS, on a free port.
import { spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BINARY = process.env.SNUG_BINARY ?? fileURLToPath(new URL('../../../target/debug/snug', import.meta.url));
const START_WAIT = 20_000;

/** Passwords are weighed as lightly as the server allows, and nobody is too fast, so that stories are quick. */
const ENVIRONMENT = {
  SNUG_AUTH__ARGON2_MEMORY_KIB: '8',
  SNUG_AUTH__ARGON2_ITERATIONS: '1',
  SNUG_LIMITS__MESSAGES_PER_SECOND: '0',
  SNUG_LIMITS__REGISTRATIONS_PER_HOUR: '0',
  SNUG_LIMITS__ROOMS_PER_HOUR: '0',
  SNUG_LIMITS__INVITES_PER_HOUR: '0',
  SNUG_LIMITS__LOGINS_PER_10_MIN: '0',
  SNUG_LIMITS__READS_PER_SECOND: '0',
  SNUG_LIMITS__REACTIONS_PER_SECOND: '0',
  SNUG_LOG__LEVEL: 'warn',
};

export class Server {
  /** @type {string} such as https://127.0.0.1:4321 */
  url = '';
  /** @type {string|null} the one-time link, until somebody has set the server up */
  setupLink = null;

  /** Starts a server in a new folder. @param {Record<string, string>} [environment] */
  static async start(environment = {}) {
    const server = new Server();
    server.environment = environment;
    server.folder = await mkdtemp(join(tmpdir(), 'snug-browser-'));
    await server.listen('127.0.0.1:0');
    return server;
  }

  async listen(address) {
    const child = spawn(BINARY, ['serve', '--data', join(this.folder, 'data'), '--listen', address], {
      env: { ...process.env, ...ENVIRONMENT, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.log = '';
    child.stderr.on('data', (chunk) => (this.log += chunk));
    this.gone = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
    await new Promise((done, failed) => {
      const late = setTimeout(() => failed(new Error(`the server did not say where it listens\n${this.log}`)), START_WAIT);
      const fail = (why) => (clearTimeout(late), failed(why));
      child.once('error', fail);
      this.gone.then(({ code, signal }) => fail(new Error(`the server ended at its start (${code ?? signal})\n${this.log}`)));
      const again = this.url !== '';
      createInterface(child.stdout).on('line', (line) => {
        const listening = /^listening on (\S+)/.exec(line);
        const link = /^\s+(https?:\S+\/setup#\S+)/.exec(line);
        if (listening) this.url = listening[1];
        if (link) this.setupLink = link[1];
        // A server that is set up already prints no link.
        if (link || (again && listening)) clearTimeout(late), done();
      });
    });
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** As a power cut does it. */
  async kill() {
    this.child.kill('SIGKILL');
    await this.gone;
  }

  /** The same server at the same place, after it was killed or stopped. */
  async again() {
    await this.listen(`127.0.0.1:${this.port}`);
  }

  /** A certificate for 127.0.0.1, for pages of other origins. */
  async certificate() {
    const file = (name) => readFile(join(this.folder, 'data/tls', name));
    return { cert: await file('leaf.crt'), key: await file('leaf.key') };
  }

  /** The hash by which Chromium knows the server's key. */
  async keyHash() {
    const { publicKey } = new X509Certificate((await this.certificate()).cert);
    return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64');
  }

  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM');
    const { code, signal } = await this.gone;
    await rm(this.folder, { recursive: true, force: true });
    return { code, signal };
  }
}
