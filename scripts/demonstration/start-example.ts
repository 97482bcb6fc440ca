// The three supervisors of examples/full, in a private directory and on free ports, so that they clash with nothing.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endMarked } from './marked-processes.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/full/', import.meta.url));
const START_MS = 15_000;
const ATTEMPTS = 3;
const MARK = 'MULTIVISOR_EXAMPLE';
const NAMES = ['lid001', 'lid002', 'baslid001'] as const;
const PORTS = { lid001: 9011, baslid001: 9013 };

export type Example = {
  /** A multivisor.conf for the three. */
  readonly configPath: string;
  /** NAME=VALUE, in the environment of all that belongs to it. */
  readonly mark: string;
  /** Ends them and all they started, and removes their directory. */
  stop(): Promise<void>;
};

/** All three answer when this returns; their programs may still be starting. */
export async function startExample(supervisord: string, signal: AbortSignal): Promise<Example> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(supervisord, signal);
    } catch (error) {
      // A free port may be taken by somebody else before supervisord takes it.
      const clash = error instanceof Error && error.message.includes('is already listening');
      if (!clash || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnce(supervisord: string, signal: AbortSignal): Promise<Example> {
  const dir = await mkdtemp(join(tmpdir(), 'multivisor-example-'));
  const ports = { lid001: await freePort(), baslid001: await freePort() };
  await writeConfigs(dir, ports);
  const children = NAMES.map((name) => {
    // A group of its own keeps the terminal's ctrl-c away. The names of the example need UTF-8 in any locale.
    const env = { ...process.env, LC_ALL: 'C.UTF-8', [MARK]: dir };
    return spawn(supervisord, ['-n', '-c', join(dir, `supervisord_${name}.conf`)], {
      cwd: dir,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  });
  const mark = `${MARK}=${dir}`;
  const pids = children.flatMap(({ pid }) => pid ?? []);
  const guardian = guard(dir);
  const stop = async (): Promise<void> => {
    await endMarked(mark, pids);
    guardian.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
    const [lid001, lid002, baslid001] = children.map((child) => failure(child));
    await Promise.all([
      Promise.race([lid001, answers({ host: '127.0.0.1', port: ports.lid001 }, limit)]),
      Promise.race([lid002, answers({ path: join(dir, 'lid002.sock') }, limit)]),
      Promise.race([baslid001, answers({ host: '127.0.0.1', port: ports.baslid001 }, limit)]),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { configPath: join(dir, 'multivisor.conf'), mark, stop };
}

/** Copies the example's files; paths and ports that are good for one user of a machine become ours. */
async function writeConfigs(dir: string, ports: typeof PORTS): Promise<void> {
  for (const name of NAMES) {
    const text = await readFile(join(EXAMPLE, `supervisord_${name}.conf`), 'utf8');
    const rendered = replacePorts(text, ports)
      .replaceAll('%(here)s/', literal(EXAMPLE))
      .replaceAll('/tmp/multivisor-', literal(join(dir, '/')))
      .replace('[supervisord]\n', `[supervisord]\nchildlogdir = ${literal(dir)}\n`);
    await writeFile(join(dir, `supervisord_${name}.conf`), rendered);
  }
  const text = await readFile(join(EXAMPLE, 'multivisor.conf'), 'utf8');
  const rendered = replacePorts(text, ports).replaceAll('/tmp/multivisor-', join(dir, '/'));
  await writeFile(join(dir, 'multivisor.conf'), rendered);
  const password = await readFile(join(EXAMPLE, 'baslid001.password'), 'utf8');
  await writeFile(join(dir, 'baslid001.password'), password, { mode: 0o600 });
}

function literal(path: string): string {
  return path.replaceAll('%', '%%');
}

function replacePorts(text: string, ports: typeof PORTS): string {
  return text
    .replaceAll(`127.0.0.1:${PORTS.lid001}`, `127.0.0.1:${ports.lid001}`)
    .replaceAll(`127.0.0.1:${PORTS.baslid001}`, `127.0.0.1:${ports.baslid001}`);
}

/** Ends them also when we are ended by what cannot be caught: its stdin closes with us. */
function guard(dir: string): ChildProcess {
  const script = [
    'cat >/dev/null',
    `find_all() { grep -slzxF "${MARK}=$1" /proc/[0-9]*/environ | cut -d/ -f3; }`,
    'kill $(find_all "$1"); sleep 3; kill -9 $(find_all "$1"); rm -rf "$1"',
  ];
  return spawn('sh', ['-c', script.join('\n'), 'sh', dir], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
}

/** Rejects when it ends, with what it said. */
async function failure(child: ChildProcess): Promise<never> {
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-4000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  // An 'error' event, when it could not be started, rejects this as well.
  await once(child, 'exit');
  throw new Error(`supervisord ended: ${output.trim()}`);
}

/** Nothing announces that supervisord listens, so this tries. */
async function answers(where: NetConnectOpts, signal: AbortSignal): Promise<void> {
  for (;;) {
    const socket = connect(where);
    try {
      await once(socket, 'connect', { signal });
      return;
    } catch (error) {
      if (signal.aborted) throw error;
    } finally {
      socket.destroy();
    }
    await delay(25, undefined, { signal });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}
