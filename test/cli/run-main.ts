// Command lines as a test runs them: within this process over an Io of its own, or as a child of its own.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findMarked } from '../../scripts/demonstration/marked-processes.ts';
import type { Io } from '../../src/cli/io/io.ts';
import { main } from '../../src/cli/main.ts';
import type { Collector } from '../helpers/deadline.ts';
import { collect, deadline, eventually } from '../helpers/deadline.ts';

export type Ran = { readonly code: number; readonly out: string; readonly err: string };

export type RunOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Somebody sits at the terminal and says this to every question. */
  readonly answer?: string;
  readonly columns?: number;
  /** stdin of a child; it ends after that. */
  readonly input?: string;
  /** A child that runs for as long as the test does. */
  readonly unbounded?: boolean;
};

const BIN = fileURLToPath(new URL('../../bin/multivisor.ts', import.meta.url));
const RUN_MS = 30_000;

/** Nothing of the machine that runs the tests shines through. */
const EMPTY_HOME = { HOME: '/nonexistent', LANG: 'C.UTF-8' };

export async function runMain(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const io: Io = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    ask: (question) => {
      err += question;
      return Promise.resolve(options.answer ?? '');
    },
    env: { ...EMPTY_HOME, ...options.env },
    cwd: options.cwd ?? '/nonexistent',
    terminal: options.columns !== undefined,
    interactive: options.answer !== undefined,
    columns: options.columns ?? null,
    signal: new AbortController().signal,
    onHangup: () => () => {},
    holdEnd: () => () => {},
    interruption: () => null,
    keepAlive: () => () => {},
  };
  const code = await deadline(main(args, io), RUN_MS, `multivisor ${args.join(' ')}`);
  return { code, out, err };
}

export type Running = {
  readonly child: ChildProcess;
  /** Lines of stdout so far and to come. */
  readonly lines: Collector<string>;
  stderr(): string;
  /** The exit code, or 128 + n. */
  readonly ended: Promise<number>;
};

/** As a child process, which the test must bring to an end. */
export function startChild(args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd ?? fileURLToPath(new URL('../..', import.meta.url)),
    env: { PATH: process.env['PATH'], ...EMPTY_HOME, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(options.input ?? '');
  const lines = collect<string>();
  let rest = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    parts.forEach(lines.push);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(([code]: unknown[]) => (typeof code === 'number' ? code : -1));
  return {
    child,
    lines,
    stderr: () => err,
    ended: options.unbounded ? ended : deadline(ended, RUN_MS, `multivisor ${args.join(' ')}`),
  };
}

export type Folder = {
  readonly path: string;
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
};

export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'mv-cli-'));
  return {
    path,
    write: async (name, text) => {
      await writeFile(join(path, name), text);
      return join(path, name);
    },
    remove: async () => {
      // What renews the names that are kept runs on after the command that a test awaited, and would write them anew.
      await eventually(
        () => findMarked(`XDG_CACHE_HOME=${path}`),
        (pids) => pids.length === 0,
        { what: 'nobody renews names' },
      );
      await rm(path, { recursive: true, force: true });
    },
  };
}
