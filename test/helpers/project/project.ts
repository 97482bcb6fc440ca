// A copy of an example project in a directory of its own, and `multivisor project` on it. Nothing of it is left behind.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { DjangoVersion } from '../../../scripts/peers/find-django.ts';
import { djangoPython } from '../../../scripts/peers/find-django.ts';
import { findSupervisord } from '../../../scripts/peers/find-supervisord.ts';
import { run } from '../../../scripts/run.ts';
import { findMarked } from '../../../scripts/demonstration/marked-processes.ts';
import { parseProjectArguments } from '../../../src/bridge/project/options.ts';
import { ProjectError } from '../../../src/bridge/project/project-error.ts';
import { runProject } from '../../../src/bridge/project/run-project.ts';
import { eventually } from '../deadline.ts';
import { freePort } from '../free-port.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BUNDLE = join(ROOT, 'dist', 'multivisor.js');
const GONE_MS = 30_000;

/** A test, or whatever collects what a hook has to undo. */
export type Teardown = { teardown(undo: () => Promise<void>): void };

export type ProjectKind = 'django' | 'node' | 'procfile';

export type ProjectOptions = {
  readonly django?: DjangoVersion;
  /** Below the temporary directory. */
  readonly name?: string;
  /** Written over the example's own, by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
};

export type Result = { readonly code: number; readonly out: string; readonly err: string };

export type TestProject = {
  readonly dir: string;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
  /** `multivisor project …` in this process, from the project's directory. */
  mv(...args: readonly string[]): Promise<Result>;
  mvIn(cwd: string, ...args: readonly string[]): Promise<Result>;
  /** The same with something to read. */
  feed(input: string, ...args: readonly string[]): Promise<Result>;
  /** As a process of its own. */
  spawn(...args: readonly string[]): Spawned;
  /** The same, started by another command, e.g. one that takes rights away. */
  spawnUnder(wrapper: readonly string[], ...args: readonly string[]): Spawned;
  write(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  /** By name; 0 for one that does not run. */
  pid(name: string): Promise<number>;
  /** Once it runs with another pid than this. */
  newPid(name: string, old: number): Promise<number>;
  /** Once all of them are in this state. */
  untilState(state: string, ...names: readonly string[]): Promise<void>;
  /** All that runs because of it. */
  alive(): readonly number[];
};

export type Spawned = {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number>;
};

/** Once for all tests of a file: both take their time. */
let prepared: Promise<[string, void]> | undefined;

/** A project and, when the test is over, nothing of it. */
export async function openProject(t: Teardown, kind: ProjectKind, options: ProjectOptions = {}): Promise<TestProject> {
  const [supervisord] = await (prepared ??= Promise.all([findSupervisord(), ensureBundle()]));
  const base = await realpath(await mkdtemp(join(tmpdir(), 'mv-p-')));
  const dir = join(base, options.name ?? 'p');
  await cp(join(ROOT, 'examples', kind), dir, { recursive: true });
  const port = await freePort();
  const runtime = join(base, 'run');
  await mkdir(runtime, { mode: 0o700 });
  // What the machine that runs the tests has set is none of the project's business.
  const { VIRTUAL_ENV: _, DJANGO_SETTINGS_MODULE: __, NODE_ENV: ___, ...inherited } = process.env;
  const env: NodeJS.ProcessEnv = {
    ...inherited,
    PATH: `${inherited['PATH'] ?? ''}:${dirname(supervisord)}`,
    XDG_RUNTIME_DIR: runtime,
    PORT: String(port),
    MULTIVISOR_TEST: base,
    ...(kind === 'django' ? { MULTIVISOR_PYTHON: djangoPython(options.django ?? '5.2') } : {}),
    ...options.env,
  };
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  };
  await Promise.all(Object.entries(options.files ?? {}).map(([path, text]) => write(path, text)));
  const alive = () => findMarked(`MULTIVISOR_TEST=${base}`);
  const spawned: Spawned[] = [];
  const call = (cwd: string, input: string, args: readonly string[]) => runInProcess({ cwd, env, input, args });
  const spawnUnder = (wrapper: readonly string[], ...args: readonly string[]) => {
    const started = spawnBundle(args, { cwd: dir, env, wrapper });
    spawned.push(started);
    return started;
  };
  const project: TestProject = {
    dir,
    port,
    env,
    mv: (...args) => call(dir, '', args),
    mvIn: (cwd, ...args) => call(cwd, '', args),
    feed: (input, ...args) => call(dir, input, args),
    spawn: (...args) => spawnUnder([], ...args),
    spawnUnder,
    write,
    read: (path) => readFile(join(dir, path), 'utf8'),
    pid: async (name) => Number((await call(dir, '', ['pid', name])).out),
    newPid: (name, old) =>
      eventually(
        () => project.pid(name),
        (pid) => pid > 0 && pid !== old,
        { what: `${name} has another pid than ${old}`, ms: GONE_MS },
      ),
    untilState: async (state, ...names) => {
      await eventually(
        async () => (await call(dir, '', ['status', ...names])).out,
        (out) => out.split('\n').filter((line) => line.includes(state)).length === names.length,
        { what: `${names.join(', ')} ${state}`, ms: GONE_MS },
      );
    },
    alive,
  };
  t.teardown(async () => {
    spawned.forEach(({ child }) => child.kill('SIGTERM'));
    await call(dir, '', ['shutdown']);
    await eventually(alive, (pids) => pids.length === 0, { what: 'nothing of it lives', ms: GONE_MS }).catch(
      (error: unknown) => {
        alive().forEach((pid) => process.kill(pid, 'SIGKILL'));
        throw error;
      },
    );
    await rm(base, { recursive: true, force: true });
  });
  return project;
}

type Call = {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly input: string;
  readonly args: readonly string[];
};

async function runInProcess({ cwd, env, input, args }: Call): Promise<Result> {
  let out = '';
  let err = '';
  const stdin = new PassThrough();
  stdin.end(input);
  const world = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    cwd,
    env,
    self: [process.execPath, BUNDLE],
    printer: null,
    stdin,
    terminal: false,
    signal: new AbortController().signal,
  };
  try {
    const code = await runProject(parseProjectArguments(args), world);
    return { code, out, err };
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error;
    return { code: error.exitCode, out, err: `${err}${error.message}\n` };
  }
}

type SpawnOptions = {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly wrapper: readonly string[];
};

function spawnBundle(args: readonly string[], { cwd, env, wrapper }: SpawnOptions): Spawned {
  const [command = '', ...words] = [...wrapper, process.execPath, BUNDLE, 'project', ...args];
  const child = spawn(command, words, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (text: string) => void (output += text);
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const exit = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? -1 : -2)));
  });
  return { child, output: () => output, exit };
}

/** Runs a program to its end in the environment of the project. */
export async function runIn(project: TestProject, command: string, ...args: readonly string[]): Promise<Result> {
  const options = { cwd: project.dir, env: project.env, timeoutMs: 60_000, signal: new AbortController().signal };
  const { code, output } = await run(command, args, options);
  return { code: code ?? -1, out: output, err: '' };
}

/** The watcher is the bundled command: from its sources it would be another program, of four times the size. */
export async function ensureBundle(): Promise<void> {
  const built = existsSync(BUNDLE) ? statSync(BUNDLE).mtimeMs : 0;
  const entries = await readdir(join(ROOT, 'src'), { recursive: true, withFileTypes: true });
  const newest = Math.max(
    ...entries.filter((entry) => entry.isFile()).map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  if (newest <= built) return;
  const options = { cwd: ROOT, timeoutMs: 120_000, signal: new AbortController().signal };
  const { ok, output } = await run(process.execPath, ['scripts/start.mjs', 'build'], options);
  if (!ok) throw new Error(`the build failed:\n${output}`);
}
