// A real supervisord in a directory of its own, for one test. Nothing of it is left behind.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import * as v from 'valibot';
import xmlrpc from 'xmlrpc';
import { findSupervisord } from '../../../scripts/peers/find-supervisord.ts';
import type { Credentials, SupervisordAddress, SupervisordConfig } from '../../../src/core/config/types.ts';
import { deadline } from '../deadline.ts';

export type SupervisordOptions = {
  /** Sections of its configuration, e.g. `[program:web]\ncommand=sleep 1000\n`. */
  readonly programs?: string;
  /** Where it listens; `both`: `address` is the TCP one, `socketPath` the other. */
  readonly listen?: 'unix' | 'tcp' | 'both';
  readonly credentials?: Credentials | null;
  /** Of the main log, as in the configuration: 'NONE', 'syslog', or a path; a file in its directory when left out. */
  readonly logfile?: string;
  readonly loglevel?: string;
  /** More lines for [supervisord]. */
  readonly settings?: string;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another executable than the one found. */
  readonly executable?: string;
};

export type Rpc = (method: string, ...params: unknown[]) => Promise<unknown>;

export type Supervisord = {
  readonly dir: string;
  readonly configPath: string;
  readonly logPath: string;
  readonly socketPath: string | null;
  readonly address: SupervisordAddress;
  readonly credentials: Credentials | null;
  /** As it stands in a configuration of ours; without credentials. */
  readonly url: string;
  /** Of the daemon that runs now. */
  pid(): number;
  /** A ready configuration of ours for it, by the name `s`. */
  config(overrides?: Partial<SupervisordConfig>): SupervisordConfig;
  /** A call by the reference library, as an oracle. */
  readonly rpc: Rpc;
  /** supervisord's own answer to getAllProcessInfo. */
  readAll(): Promise<readonly ProcessInfo[]>;
  info(name: string): Promise<ProcessInfo>;
  readLog(): Promise<string>;
  /** Rewrites the program sections; takes effect with reread or restart. */
  setPrograms(programs: string): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Ends the daemon and its children at once, as a crash of the host would. */
  kill(): Promise<void>;
  /** Starts it again, at the same address, after `kill` or `halt`. */
  start(): Promise<void>;
  /** SIGTERM, and gone; its directory stays. */
  halt(): Promise<void>;
  /** Ends everything and removes the directory. */
  stop(): Promise<void>;
};

const processInfo = v.object({
  name: v.string(),
  group: v.string(),
  state: v.number(),
  statename: v.string(),
  pid: v.number(),
  start: v.number(),
  stop: v.number(),
  now: v.number(),
  exitstatus: v.number(),
  spawnerr: v.string(),
  stdout_logfile: v.string(),
  stderr_logfile: v.string(),
  description: v.string(),
});

/** One process as supervisord itself tells it. */
export type ProcessInfo = v.InferOutput<typeof processInfo>;

/** For a run that is cut short: nothing may be left behind even then. */
const lastResorts = new Set<() => void>();
process.once('exit', () => lastResorts.forEach((end) => end()));

/** Looking for it takes 150 ms; a test file starts many. */
let found: Promise<string> | undefined;

const START_MS = 20_000;
const STOP_MS = 12_000;

/** Python takes a third of a second of CPU to start: all tests of a file at once would make one another late. */
const starts = pLimit(2);

export async function startSupervisord(options: SupervisordOptions = {}): Promise<Supervisord> {
  const executable = options.executable ?? (await (found ??= findSupervisord()));
  const dir = await mkdtemp(join(tmpdir(), 'mv-'));
  const configPath = join(dir, 'supervisord.conf');
  const listen = options.listen ?? 'unix';
  const socketPath = listen === 'tcp' ? null : join(dir, 's.sock');
  const port = listen === 'unix' ? null : await freePort();
  const credentials = options.credentials ?? null;
  const logPath = join(dir, 'supervisord.log');
  const address: SupervisordAddress =
    port === null
      ? { kind: 'unix', path: join(dir, 's.sock') }
      : { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port, path: '/RPC2' };
  const url = address.kind === 'unix' ? `unix://${address.path}` : `http://127.0.0.1:${address.port}`;
  const layout = { dir, logPath, socketPath, port, credentials };
  const setPrograms = (programs: string) => writeFile(configPath, configText({ ...options, programs }, layout));
  const rpc = createRpc(address, credentials);
  let child: ChildProcess | null = null;
  let output = '';
  const lastResort = () => {
    if (child?.pid) killTree(child.pid);
    rmSync(dir, { recursive: true, force: true });
  };
  lastResorts.add(lastResort);

  const start = async () => {
    output = '';
    const started = spawn(executable, ['-n', '-c', configPath], {
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    child = started;
    const keep = (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-4_000));
    started.stdout.on('data', keep);
    started.stderr.on('data', keep);
    const ended = once(started, 'exit').then(() => {
      throw new Error(`supervisord ended instead of starting:\n${output}`);
    });
    ended.catch(() => 'once it has started, its end is awaited where it is ended');
    const asking = new AbortController();
    const answered = answers(rpc, asking.signal);
    await deadline(Promise.race([ended, answered]), START_MS, 'supervisord answers').finally(() => asking.abort());
  };
  const end = async (how: (pid: number) => void) => {
    const running = child;
    child = null;
    if (!running?.pid || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, 'exit');
    how(running.pid);
    const timer = setTimeout(() => killTree(running.pid ?? 0), STOP_MS);
    await exited;
    clearTimeout(timer);
  };
  const halt = () =>
    end((pid) => {
      process.kill(pid, 'SIGCONT');
      process.kill(pid, 'SIGTERM');
    });
  const stop = async () => {
    lastResorts.delete(lastResort);
    await halt();
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  };

  try {
    await setPrograms(options.programs ?? '');
    await starts(start);
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    dir,
    configPath,
    logPath,
    socketPath,
    address,
    credentials,
    url,
    pid: () => child?.pid ?? 0,
    config: (overrides) => ({
      name: 's',
      url,
      address,
      credentials,
      readOnly: false,
      protected: false,
      tags: [],
      origin: { file: 'test.conf', line: 1 },
      ...overrides,
    }),
    rpc,
    readAll: async () => v.parse(v.array(processInfo), await rpc('supervisor.getAllProcessInfo')),
    info: async (name) => v.parse(processInfo, await rpc('supervisor.getProcessInfo', name)),
    readLog: () => readFile(logPath, 'utf8'),
    setPrograms,
    signal: (signal) => process.kill(child?.pid ?? 0, signal),
    kill: () => end(killTree),
    start,
    halt,
    stop,
  };
}

type Layout = {
  readonly dir: string;
  readonly logPath: string;
  readonly socketPath: string | null;
  readonly port: number | null;
  readonly credentials: Credentials | null;
};

function configText(options: SupervisordOptions, { dir, logPath, socketPath, port, credentials }: Layout): string {
  const login = credentials ? `username=${credentials.username}\npassword=${credentials.password}\n` : '';
  const sections = [
    `[supervisord]\nlogfile=${options.logfile ?? logPath}\nloglevel=${options.loglevel ?? 'info'}\n` +
      `pidfile=${join(dir, 'pid')}\nchildlogdir=${dir}\n${options.settings ?? ''}\n`,
    `[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n`,
  ];
  if (socketPath !== null) sections.push(`[unix_http_server]\nfile=${socketPath}\n${login}`);
  if (port !== null) sections.push(`[inet_http_server]\nport=127.0.0.1:${port}\n${login}`);
  return [...sections, options.programs ?? ''].join('\n');
}

function createRpc(address: SupervisordAddress, credentials: Credentials | null): Rpc {
  const login = credentials ? { basic_auth: { user: credentials.username, pass: credentials.password } } : {};
  // A fresh connection per call: kept alive, a TCP call takes 44 ms and a pooled socket may be dead already.
  const where =
    address.kind === 'unix'
      ? { socketPath: address.path, agent: false }
      : { host: address.host, port: address.port, agent: false };
  const ask: Rpc = (method, ...params) =>
    new Promise((resolve, reject) => {
      const client = xmlrpc.createClient({ ...where, path: '/RPC2', ...login });
      client.methodCall(method, params, (error: unknown, value: unknown) => {
        if (error instanceof Error) reject(error);
        else resolve(value);
      });
    });
  return async (method, ...params) => {
    try {
      return await ask(method, ...params);
    } catch (error) {
      // A supervisord that reloads resets connections that it had accepted; a question may be asked again.
      const reset = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
      if (!reset || !/\.(?:get|read)/u.test(method)) throw error;
      return ask(method, ...params);
    }
  };
}

async function answers(rpc: Rpc, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await rpc('supervisor.getState');
      return;
    } catch {
      // Nothing announces that its socket is open, whatever the log level.
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }
}

/** Free a moment ago; the kernel does not hand out the same one again soon. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}

/** The daemon and everything below it, by pid: supervisord puts each child into a process group of its own. */
function killTree(pid: number): void {
  const tree = [pid, ...descendants(pid)];
  for (const member of tree) {
    try {
      process.kill(member, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

function descendants(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => parentOf(entry) === pid)
    .map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}
