// Starts Tidemark as people do, in folders of its own, and ends it again.

import { spawn } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const TARGET = process.env.CARGO_TARGET_DIR || join(homedir(), '.cache/tidemark-target');
const BINARY = process.env.TIDEMARK_BIN || join(TARGET, 'release/tidemark');

/** A demo has to simulate a few months first; a slow machine may be busy with other tests. */
const START_MS = 90_000;
const STOP_MS = 20_000;

/** Whatever the tests' environment says, the configuration is the test's own. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('TIDEMARK__') && name !== 'RUST_LOG'),
);

const running = new Set();
const folders = new Set();

process.on('exit', () => {
  running.forEach((child) => child.kill('SIGKILL'));
  folders.forEach((path) => rmSync(path, { recursive: true, force: true }));
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** A process that serves pages at `address`. */
class Server {
  constructor(child, address, said) {
    Object.assign(this, { child, address, said });
  }

  get port() {
    return Number(new URL(this.address).port);
  }

  /** Asks it to leave; one that does not leave well and in time is an error. */
  async stop() {
    if (!running.has(this.child)) return;
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    this.child.kill('SIGTERM');
    const { code, signal } = await ended(this.child);
    clearTimeout(late);
    if (signal === 'SIGKILL') throw new Error(`tidemark did not leave within ${STOP_MS} ms:\n${this.said()}`);
    if (code !== 0) throw new Error(`tidemark was asked to leave and ended with ${code ?? signal}:\n${this.said()}`);
  }
}

/** The simulated organisation that goes on living. */
export function demo(...more) {
  return serving(['demo', '--listen', '127.0.0.1:0', ...more], tmpdir());
}

/** `tidemark run` on the configuration in `folder`. */
export function run(folder) {
  return serving(['--config', join(folder, 'tidemark.toml'), 'run'], folder);
}

/** Runs a command to its end; `codes` are the exit codes that are fine. */
export async function command(args, { folder = tmpdir(), codes = [0] } = {}) {
  const { child, said } = start(args, folder);
  const { code } = await ended(child);
  if (!codes.includes(code)) throw new Error(`tidemark ${args.join(' ')} ended with ${code}:\n${said()}`);
  return said();
}

/** A folder that is gone after the tests. */
export async function folder(name) {
  const path = await mkdtemp(join(tmpdir(), `tidemark-browser-${name}-`));
  folders.add(path);
  return path;
}

/** Writes the configuration of an installation that reads `folder/archive`; `more` are lines of other sections. */
export async function configure(folder, { port = 0, token = '', more = [] } = {}) {
  const lines = [
    '[sources.acme]',
    'type = "jira-archive"',
    'path = "archive"',
    '[api]',
    `listen = "127.0.0.1:${port}"`,
    ...(token ? [`token = "${token}"`] : []),
    ...more,
  ];
  await writeFile(join(folder, 'tidemark.toml'), `${lines.join('\n')}\n`);
}

/** Everything that is in the archive of `folder`, processed: what is served from then on does not change by itself. */
export async function synced(folder) {
  await command(['--config', join(folder, 'tidemark.toml'), 'sync'], { folder, codes: [0, 3] });
}

async function serving(args, cwd) {
  const { child, said } = start(args, cwd);
  const address = await announced(child, said);
  return new Server(child, address, said);
}

function start(args, cwd) {
  const child = spawn(BINARY, args, { cwd, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (more) => (text += more));
  child.once('close', () => running.delete(child));
  // `run` ends what a test that was killed could not end.
  if (process.env.TIDEMARK_BROWSER_PIDS && child.pid)
    appendFileSync(process.env.TIDEMARK_BROWSER_PIDS, `${child.pid}\n`);
  return { child, said: () => text };
}

function announced(child, said) {
  return new Promise((resolve, reject) => {
    const failed = (why) => {
      child.kill('SIGKILL');
      reject(new Error(`${BINARY}: ${why}\n${said()}`));
    };
    const late = setTimeout(() => failed(`nothing was served within ${START_MS} ms`), START_MS);
    child.once('error', ({ message }) => failed(message));
    child.once('close', (code) => failed(`ended with ${code} instead of serving`));
    child.stdout.on('data', () => {
      const found = /^Tidemark is at (http:\S+)$/m.exec(said());
      if (!found) return;
      clearTimeout(late);
      child.removeAllListeners('close').once('close', () => running.delete(child));
      resolve(found[1]);
    });
  });
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}
