import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { djangoPython, installDjango } from '../scripts/peers/find-django.ts';
import { endMarked } from '../scripts/demonstration/marked-processes.ts';
import { run } from '../scripts/run.ts';
import type { Bench, BenchOptions, Figure } from './bench.ts';
import { timeCommand } from './time-command.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SAVES = 20;
const CHECKED_OUT = 50;
const BURSTS = 5;
const STARTS = 5;
const LIMIT_MS = 30_000;
const PROGRAMS = ['a', 'b', 'c'] as const;

/** A project under supervision: what comes of a save, and what a command costs. */
export const project: Bench = {
  name: 'project',
  summary: 'multivisor project: from a save to new processes, and the commands beside manage.py',
  run: async (options) => {
    const base = await mkdtemp(join(tmpdir(), 'mv-bench-'));
    const mark = `MULTIVISOR_BENCH=${base}`;
    try {
      return [...(await measureSaves(options, base)), ...(await measureDjango(options, base))];
    } finally {
      await endMarked(mark, []);
      await rm(base, { recursive: true, force: true });
    }
  },
};

type Site = {
  readonly dir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly marks: string;
  readonly log: string;
  mv(...args: readonly string[]): Promise<string>;
};

function openSite({ command, supervisord, signal }: BenchOptions, base: string, startsecs: number): Site {
  const dir = join(base, `site${startsecs}`);
  const marks = join(base, `marks${startsecs}`);
  const log = join(base, `log${startsecs}`);
  mkdirSync(join(dir, 'code'), { recursive: true });
  mkdirSync(marks);
  for (let i = 0; i < 200; i++) writeFileSync(join(dir, 'code', `module${i}.js`), '');
  // What was started tells its pid by itself: asking supervisord would wake it up.
  const programs = PROGRAMS.map(
    (name) =>
      `[program:${name}]\ncommand=/bin/sh -c "echo $$ > ${marks}/${name}; exec sleep 1000"\nstartsecs=${startsecs}\n`,
  );
  writeFileSync(join(dir, 'supervisord.conf'), programs.join('\n'));
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: withSupervisord(supervisord),
    XDG_RUNTIME_DIR: base,
    MULTIVISOR_BENCH: base,
  };
  const mv = async (...args: readonly string[]) => {
    const result = await run(process.execPath, [command, 'project', ...args], {
      cwd: dir,
      env,
      signal,
      timeoutMs: LIMIT_MS,
    });
    return result.output;
  };
  return { dir, env, marks, log, mv };
}

const EDITS: readonly (readonly [kind: string, edit: (code: string, round: number) => void])[] = [
  ['written in place', (code, round) => writeFileSync(join(code, 'module1.js'), `${round}`)],
  ['appended', (code) => appendFileSync(join(code, 'module2.js'), '//\n')],
  [
    'renamed over',
    (code, round) => {
      writeFileSync(join(code, '.tmp'), `${round}`);
      renameSync(join(code, '.tmp'), join(code, 'module3.js'));
    },
  ],
  [
    'moved away and written anew',
    (code, round) => {
      renameSync(join(code, 'module4.js'), join(code, 'module4.js~'));
      writeFileSync(join(code, 'module4.js'), `${round}`);
    },
  ],
  ['created', (code, round) => writeFileSync(join(code, `new${round}.js`), '')],
  ['deleted', (code, round) => rmSync(join(code, `new${round}.js`))],
  [
    'deleted and written anew',
    (code, round) => {
      rmSync(join(code, 'module5.js'));
      writeFileSync(join(code, 'module5.js'), `${round}`);
    },
  ],
  ['touched', (code) => utimesSync(join(code, 'module6.js'), new Date(), new Date())],
  ['moved', (code, round) => renameSync(join(code, `module${20 + round}.js`), join(code, `moved${round}.js`))],
  [
    'a link turned to another file',
    (code, round) => {
      symlinkSync(`module${round % 2}.js`, join(code, '.link'));
      renameSync(join(code, '.link'), join(code, 'current.js'));
    },
  ],
  ['a directory renamed', (code, round) => renameSync(join(code, `tree${round}`), join(code, `tree${round + 1}`))],
  ['git checkout of 50 files', (code, round) => git(code, 'checkout', '--quiet', round % 2 === 0 ? 'other' : 'main')],
  [
    'created in a new directory',
    (code, round) => {
      mkdirSync(join(code, `dir${round}`));
      writeFileSync(join(code, `dir${round}`, 'x.js'), '');
    },
  ],
];

function git(code: string, ...args: readonly string[]): void {
  const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'init.defaultBranch=main'];
  execFileSync('git', [...identity, ...args], { cwd: code, stdio: 'ignore' });
}

/** What some of the edits find. */
function furnish(code: string): void {
  mkdirSync(join(code, 'tree0'));
  for (let i = 0; i < 5; i++) writeFileSync(join(code, 'tree0', `x${i}.js`), '');
  mkdirSync(join(code, 'checked'));
  const versions = { main: '1', other: '2' };
  git(code, 'init', '--quiet');
  for (const [branch, text] of Object.entries(versions)) {
    git(code, 'checkout', '--quiet', '-b', branch);
    for (let i = 0; i < CHECKED_OUT; i++) writeFileSync(join(code, 'checked', `file${i}.js`), text);
    git(code, 'add', 'checked');
    git(code, 'commit', '--quiet', '--message', branch);
  }
  git(code, 'checkout', '--quiet', 'main');
}

async function measureSaves(options: BenchOptions, base: string): Promise<readonly Figure[]> {
  const site = openSite(options, base, 0);
  furnish(join(site.dir, 'code'));
  await startWatching(site);
  const code = join(site.dir, 'code');
  const figures: Figure[] = [];
  for (const [kind, edit] of EDITS) {
    const samples: number[] = [];
    for (let round = 0; round < SAVES; round++) {
      // At any point of the second that supervisord sleeps.
      await delay(250 + Math.random() * 300);
      samples.push(await untilRestarted(site, () => edit(code, round)));
    }
    figures.push({ what: `save → three new pids, ${kind}`, unit: 'ms', samples });
  }
  figures.push(...(await measureBursts(site)));
  const watcher = Number(await site.mv('pid', 'autoreload'));
  const rss = Number(/VmRSS:\s+(\d+)/u.exec(readFileSync(`/proc/${watcher}/status`, 'utf8'))?.[1]) / 1024;
  figures.push({ what: 'memory of the watcher (RSS)', unit: 'MiB', samples: [rss] });
  figures.push({ what: 'inotify watches, some 500 files', unit: 'watches', samples: [countWatches(watcher)] });
  await site.mv('shutdown');
  return [...figures, ...(await measureRuns(options, base))];
}

/** How often programs are restarted by what belongs together. */
async function measureBursts(site: Site): Promise<readonly Figure[]> {
  const code = join(site.dir, 'code');
  const bursts: readonly (readonly [what: string, burst: (round: number) => void])[] = [
    [
      '20 files',
      (round) => {
        for (let i = 0; i < 20; i++) writeFileSync(join(code, `burst${i}.js`), `${round}`);
      },
    ],
    [
      `a checkout of ${CHECKED_OUT} files`,
      (round) => git(code, 'checkout', '--quiet', round % 2 === 0 ? 'other' : 'main'),
    ],
  ];
  const figures: Figure[] = [];
  for (const [what, burst] of bursts) {
    const samples: number[] = [];
    for (let round = 0; round < BURSTS; round++) {
      const before = await countRestarts(site);
      await untilRestarted(site, () => burst(round));
      await delay(1_500);
      samples.push((await countRestarts(site)) - before);
    }
    figures.push({ what: `restarts by ${what}`, unit: 'restarts', samples });
  }
  return figures;
}

/** With supervisord's own default of one second until a program counts as running. */
async function measureRuns(options: BenchOptions, base: string): Promise<readonly Figure[]> {
  const site = openSite(options, base, 1);
  const starts: number[] = [];
  const backs: number[] = [];
  const startAll: number[] = [];
  for (let round = 0; round < STARTS; round++) {
    rmSync(site.log, { force: true });
    const begun = performance.now();
    await site.mv('-d', `--logfile=${site.log}`);
    starts.push((await untilRunning(site, 0)) - begun);
    await untilWatching(site);
    await delay(1_200);
    const seen = successes(site);
    const saved = performance.now();
    appendFileSync(join(site.dir, 'code', 'module1.js'), '//\n');
    backs.push((await untilRunning(site, seen)) - saved);
    await site.mv('stop', 'all');
    const asked = performance.now();
    const before = successes(site);
    await site.mv('start', ...PROGRAMS);
    startAll.push((await untilRunning(site, before)) - asked);
    await site.mv('shutdown');
  }
  return [
    { what: 'multivisor project -d → three programs RUNNING', unit: 'ms', samples: starts },
    { what: 'multivisor project start a b c → all RUNNING', unit: 'ms', samples: startAll },
    { what: 'save → three programs RUNNING again', unit: 'ms', samples: backs },
  ];
}

async function measureDjango(options: BenchOptions, base: string): Promise<readonly Figure[]> {
  const failure = await installDjango('5.2', { signal: options.signal });
  if (failure !== null) throw new Error(`no Django: ${failure}`);
  const dir = join(base, 'django');
  cpSync(join(ROOT, 'examples', 'django'), dir, { recursive: true });
  const python = djangoPython('5.2');
  const env = {
    ...process.env,
    PATH: withSupervisord(options.supervisord),
    XDG_RUNTIME_DIR: base,
    MULTIVISOR_BENCH: base,
    MULTIVISOR_PYTHON: python,
    PORT: '0',
  };
  const inProject = { cwd: dir, env, signal: options.signal, timeoutMs: LIMIT_MS };
  const mv = (...args: readonly string[]) => run(process.execPath, [options.command, 'project', ...args], inProject);
  const started = await mv('-d', '-x', 'web');
  if (!started.ok) throw new Error(`the project does not start: ${started.output}`);
  const samples: number[] = [];
  const manage: number[] = [];
  const directory = `--project-dir=${dir}`;
  const where = `XDG_RUNTIME_DIR=${base}`;
  for (let pair = 0; pair < SAVES; pair++) {
    samples.push(await timeCommand('env', [where, process.execPath, options.command, 'project', directory, 'status']));
    manage.push(await timeCommand('env', [where, python, join(dir, 'manage.py'), 'check']));
  }
  await mv('shutdown');
  const ratios = samples.map((sample, index) => sample / (manage[index] ?? Number.NaN));
  const against = { what: 'manage.py check', samples: manage, ratios };
  return [{ what: 'multivisor project status', unit: 'ms', samples, against }];
}

function withSupervisord(executable: string): string {
  return `${process.env['PATH'] ?? ''}:${dirname(executable)}`;
}

async function startWatching(site: Site): Promise<void> {
  await site.mv('-d', `--logfile=${site.log}`);
  await untilWatching(site);
}

async function untilWatching(site: Site): Promise<void> {
  const begun = performance.now();
  while (!(await site.mv('tail', 'autoreload')).includes('watching')) expectBefore(begun, 'the watcher watches');
}

async function untilRestarted({ marks }: Site, edit: () => void): Promise<number> {
  const pids = () => PROGRAMS.map((name) => readFileSync(join(marks, name), 'utf8'));
  const before = pids();
  const begun = performance.now();
  edit();
  while (pids().some((pid, index) => pid === '' || pid === before[index])) {
    expectBefore(begun, 'a save restarts all');
    await delay(2);
  }
  return performance.now() - begun;
}

async function untilRunning(site: Site, seen: number): Promise<number> {
  const begun = performance.now();
  while (successes(site) < seen + PROGRAMS.length) {
    expectBefore(begun, 'three programs run');
    await delay(5);
  }
  return performance.now();
}

/** As supervisord's log tells it. */
function successes({ log }: Site): number {
  return readFileSync(log, 'utf8').match(/success: [abc] entered RUNNING/gu)?.length ?? 0;
}

async function countRestarts(site: Site): Promise<number> {
  return (await site.mv('tail', '-1000000', 'autoreload')).match(/ changed$/gmu)?.length ?? 0;
}

function countWatches(pid: number): number {
  const folder = `/proc/${pid}/fdinfo`;
  const infos = readdirSync(folder).map((fd) => readFileSync(join(folder, fd), 'utf8'));
  return infos.reduce((sum, info) => sum + (info.match(/^inotify wd/gmu)?.length ?? 0), 0);
}

function expectBefore(begun: number, what: string): void {
  if (performance.now() - begun > LIMIT_MS) throw new Error(`${what}: not within ${LIMIT_MS} ms`);
}
