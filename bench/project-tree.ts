import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { endMarked } from '../scripts/demonstration/marked-processes.ts';
import { run } from '../scripts/run.ts';
import type { Bench, BenchOptions, Figure } from './bench.ts';

const STARTS = 5;
const LIMIT_MS = 60_000;
/** Packages of 200 files, and folders of 20. */
const PACKAGES = 400;
const FOLDERS = 1_000;

/** The watcher of a project in a tree of 100,000 files, of which 80,000 are in node_modules. */
export const projectTree: Bench = {
  name: 'project-tree',
  summary: 'multivisor project: what watching 100,000 files takes, 80,000 of them in node_modules',
  run: async (options) => {
    const base = await mkdtemp(join(tmpdir(), 'mv-bench-'));
    try {
      return await measureTree(options, base);
    } finally {
      await endMarked(`MULTIVISOR_BENCH=${base}`, []);
      await rm(base, { recursive: true, force: true });
    }
  },
};

async function measureTree({ command, supervisord, signal }: BenchOptions, base: string): Promise<readonly Figure[]> {
  const dir = join(base, 'site');
  grow(dir);
  const path = `${process.env['PATH'] ?? ''}:${dirname(supervisord)}`;
  const env = { ...process.env, PATH: path, XDG_RUNTIME_DIR: base, MULTIVISOR_BENCH: base };
  const mv = (...args: readonly string[]) =>
    run(process.execPath, [command, 'project', ...args], { cwd: dir, env, signal, timeoutMs: LIMIT_MS });
  // It goes by what a start has left: the watcher that is measured is one beside the project.
  const started = await mv('-d', '--noreload');
  if (!started.ok) throw new Error(`the project does not start: ${started.output}`);
  const [times, memory, watches]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < STARTS; round++) {
    const begun = performance.now();
    const words = ['--max-semi-space-size=1', command, 'project', `--project-dir=${dir}`, 'autoreload'];
    const watcher = spawn(process.execPath, words, { cwd: dir, env, stdio: ['pipe', 'pipe', 'inherit'] });
    const [line]: unknown[] = await once(watcher.stdout, 'data', { signal: AbortSignal.timeout(LIMIT_MS) });
    if (!String(line).includes('watching')) throw new Error(`the watcher says ${String(line)}`);
    times.push(performance.now() - begun);
    memory.push(Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${watcher.pid}/status`, 'utf8'))?.[1]) / 1024);
    watches.push(countInotify(watcher.pid ?? 0));
    watcher.stdin.end();
    await once(watcher, 'exit');
  }
  await mv('shutdown');
  return [
    { what: 'start of the watcher → it watches, 100,000 files', unit: 'ms', samples: times },
    { what: 'memory of that watcher (RSS)', unit: 'MiB', samples: memory },
    { what: 'inotify watches, 1,000 folders of sources', unit: 'watches', samples: watches },
  ];
}

function grow(dir: string): void {
  for (let each = 0; each < PACKAGES; each++) {
    const folder = join(dir, 'node_modules', `package${each}`, 'lib');
    mkdirSync(folder, { recursive: true });
    for (let file = 0; file < 200; file++) writeFileSync(join(folder, `module${file}.js`), '');
  }
  for (let each = 0; each < FOLDERS; each++) {
    const folder = join(dir, 'src', `part${Math.floor(each / 50)}`, `folder${each}`);
    mkdirSync(folder, { recursive: true });
    for (let file = 0; file < 20; file++) writeFileSync(join(folder, `module${file}.ts`), '');
  }
  writeFileSync(join(dir, 'Procfile'), 'web: sleep 1000\n');
}

function countInotify(pid: number): number {
  const folder = `/proc/${pid}/fdinfo`;
  const infos = readdirSync(folder).map((fd) => readFileSync(join(folder, fd), 'utf8'));
  return infos.reduce((sum, info) => sum + (info.match(/^inotify wd/gmu)?.length ?? 0), 0);
}
