// Python programs for the tests, in environments of their own under `.cache`: nothing of the machine is changed.
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { run, type RunResult } from '../run.ts';

const INSTALL_DEADLINE_MS = 300_000;
const PROBE_DEADLINE_MS = 20_000;

export type VenvOptions = {
  readonly venv: string;
  /** Exact, e.g. `supervisor==4.3.0`. */
  readonly packages: readonly string[];
  /** What must be there and run afterwards, in order of preference. */
  readonly binary: string;
  /** Asks it for no more than to start; `--version` when left out. */
  readonly probe?: string;
  /** Python that each of its programs begins with: what an old one finds missing in a new Python. */
  readonly prelude?: string;
  readonly signal: AbortSignal;
};

export function onPath(name: string): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => resolve(folder, name));
}

export type ProbeOptions = { readonly signal: AbortSignal; readonly probe?: string };

/** A file of that name is not enough: a script whose interpreter or modules are gone is passed over. */
export async function firstThatRuns(
  paths: readonly string[],
  { signal, probe = '--version' }: ProbeOptions,
): Promise<string | null> {
  for (const path of paths) {
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable && (await run(path, [probe], { signal, timeoutMs: PROBE_DEADLINE_MS })).ok) return path;
  }
  return null;
}

/** At most once, however many ask at the same time. Null when it worked, else the reason. */
export async function installIntoVenv(python: string, options: VenvOptions): Promise<string | null> {
  const { venv, packages, binary, signal } = options;
  const probe = options.probe === undefined ? { signal } : { signal, probe: options.probe };
  await mkdir(dirname(venv), { recursive: true });
  const release = await lock(python, `${venv}.lock`, signal);
  try {
    // Whoever held the lock before us may have installed it.
    if ((await firstThatRuns([binary], probe)) !== null) return null;
    const wanted = packages.join(' ');
    say(`no ${basename(binary)} on PATH: installing ${wanted} into .cache/${basename(venv)}`);
    const step = { signal, timeoutMs: INSTALL_DEADLINE_MS };
    const made = await run(python, ['-m', 'venv', '--clear', venv], step);
    if (!made.ok) return `python3 -m venv failed: ${lastLines(made)}`;
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
    const installed = await run(join(venv, 'bin', 'python'), pip, step);
    if (!installed.ok) return `pip install ${wanted} failed: ${lastLines(installed)}`;
    if (options.prelude !== undefined) await writePrelude(venv, options.prelude);
    return (await firstThatRuns([binary], probe)) === null ? `${binary} was installed but does not run` : null;
  } finally {
    release();
  }
}

/** A line of a .pth file that begins with import is run at each start; sitecustomize may be the distribution's. */
async function writePrelude(venv: string, text: string): Promise<void> {
  for (const version of await readdir(join(venv, 'lib'))) {
    const folder = join(venv, 'lib', version, 'site-packages');
    await writeFile(join(folder, 'prelude_of_tests.py'), text);
    await writeFile(join(folder, 'prelude_of_tests.pth'), 'import prelude_of_tests\n');
  }
}

/** An flock held by a child: the kernel releases it however we end. */
async function lock(python: string, path: string, signal: AbortSignal): Promise<() => void> {
  const script =
    'import fcntl, sys; f = open(sys.argv[1], "w"); fcntl.flock(f, fcntl.LOCK_EX); print("held", flush=True); sys.stdin.read()';
  const child = spawn(python, ['-c', script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(2 * INSTALL_DEADLINE_MS)]);
  await new Promise<void>((resolveHeld, reject) => {
    const giveUp = (): void => {
      child.kill();
      reject(new Error(`could not lock ${path}`));
    };
    limit.addEventListener('abort', giveUp, { once: true });
    const settle = (settled: () => void) => () => {
      limit.removeEventListener('abort', giveUp);
      settled();
    };
    child.once('error', reject);
    child.once('exit', settle(giveUp));
    child.stdout.once('data', settle(resolveHeld));
  });
  return () => child.stdin.end();
}

function lastLines(result: RunResult): string {
  return result.output.trim().split('\n').slice(-3).join(' | ');
}

function say(text: string): void {
  process.stderr.write(`multivisor: ${text}\n`);
}
