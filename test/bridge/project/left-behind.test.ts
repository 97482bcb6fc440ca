// However a project ends, or a part of it does: nothing that its programs started lives on without them.
import { readFileSync } from 'node:fs';
import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import { testWithDjango } from '../../helpers/project/django.ts';
import type { ProjectKind, ProjectOptions, TestProject } from '../../helpers/project/project.ts';
import { openProject } from '../../helpers/project/project.ts';

const LEFT_MS = 10_000;

/** Says what it is, and does not go when it is asked to. */
const STUBBORN = `process.on('SIGTERM', () => console.log('not yet')); setInterval(() => {}, 1000);\n`;

type Kind = {
  readonly kind: ProjectKind;
  /** When it is not that of its kind. */
  readonly name?: string;
  readonly programs: readonly string[];
  readonly files: NonNullable<ProjectOptions['files']>;
  /** Saved to see them restarted. */
  readonly source: string;
};

const KINDS: readonly Kind[] = [
  {
    kind: 'procfile',
    programs: ['web', 'worker', 'stubborn'],
    files: {
      Procfile: 'web: node web.mjs | cat\nworker: while true; do sleep 1; done\nstubborn: cd . && node stubborn.mjs\n',
      'stubborn.mjs': STUBBORN,
    },
    source: 'web.mjs',
  },
  {
    kind: 'node',
    programs: ['web', 'stubborn'],
    files: {
      'supervisord.conf':
        '[program:web]\ncommand=npm run --silent start\n[program:stubborn]\ncommand=npm run --silent stubborn\n' +
        '[program:__defaults__]\nstopwaitsecs=2\n',
      'package.json': JSON.stringify({ scripts: { start: 'node server.js', stubborn: 'node stubborn.js; true' } }),
      'stubborn.js': STUBBORN,
    },
    source: 'server.js',
  },
  {
    kind: 'node',
    name: 'supervisord.conf',
    programs: ['web', 'deep', 'stubborn'],
    files: {
      'supervisord.conf':
        '[program:web]\ncommand=sh -c "node server.js; true"\n' +
        '[program:deep]\ncommand=sh -c "sh -c \'sleep 1000; true\'; true"\n' +
        '[program:stubborn]\ncommand=sh -c "node stubborn.js & wait"\nstopwaitsecs=2\n',
      'stubborn.js': STUBBORN,
    },
    source: 'server.js',
  },
  {
    kind: 'django',
    programs: ['web', 'worker'],
    files: {
      'supervisord.conf':
        '[program:web]\ncommand=sh -c "{{ PYTHON }} manage.py runserver --noreload {{ environ.PORT }}; true"\n' +
        '[program:worker]\ncommand=sh -c "{{ PYTHON }} manage.py work; true"\n',
    },
    source: 'shop/views.py',
  },
];

/** All that lives because of the project and is not below this supervisord. */
function leftBehind(project: TestProject, supervisord: number): readonly number[] {
  const isBelow = (pid: number): boolean => pid === supervisord || (pid > 1 && isBelow(parentOf(pid)));
  return project.alive().filter((pid) => !isBelow(pid));
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It has just ended.
    return 0;
  }
}

type Act = {
  readonly name: string;
  /** In the foreground, where it is a process of its own that can be told to end. */
  readonly foreground: boolean;
  /** Nothing at all may live afterwards. */
  readonly all: boolean;
  readonly run: (
    project: TestProject,
    kind: Kind & { readonly started: ReturnType<TestProject['spawn']> | null },
  ) => Promise<unknown>;
};

const ACTS: readonly Act[] = [
  { name: 'stop', foreground: false, all: false, run: (project) => project.mv('stop', 'all') },
  {
    name: 'restart',
    foreground: false,
    all: false,
    run: async (project, { programs }) => {
      await project.mv('restart', ...programs);
      await project.untilState('RUNNING', ...programs);
    },
  },
  {
    name: 'autoreload',
    foreground: false,
    all: false,
    run: async (project, { source, programs: [first = ''] }) => {
      await eventually(
        async () => (await project.mv('tail', 'autoreload')).out,
        (out) => out.includes('watching'),
        { what: 'it watches', ms: LEFT_MS },
      );
      const old = await project.pid(first);
      await project.write(source, `${await project.read(source)}\n`);
      await project.newPid(first, old);
    },
  },
  { name: 'shutdown', foreground: false, all: true, run: (project) => project.mv('shutdown') },
  {
    name: 'ctrl-C',
    foreground: true,
    all: true,
    run: async (_, { started }) => {
      started?.child.kill('SIGINT');
      await started?.exit;
    },
  },
  {
    name: 'ctrl-C twice',
    foreground: true,
    all: true,
    run: async (_, { started }) => {
      started?.child.kill('SIGINT');
      await eventually(
        () => started?.output() ?? '',
        (output) => /SIGTERM/u.test(output),
        { what: 'it stops', ms: LEFT_MS },
      );
      started?.child.kill('SIGINT');
      await started?.exit;
    },
  },
  {
    name: 'SIGKILL of multivisor, then shutdown',
    foreground: true,
    all: true,
    run: async (project, { started }) => {
      started?.child.kill('SIGKILL');
      await started?.exit;
      await project.mv('shutdown');
    },
  },
  {
    name: 'SIGKILL of supervisord',
    foreground: true,
    all: true,
    run: async (project, { started }) => {
      process.kill(Number((await project.mv('pid')).out), 'SIGKILL');
      await started?.exit;
    },
  },
];

for (const kind of KINDS) {
  for (const act of ACTS) {
    const testKind = kind.kind === 'django' ? testWithDjango() : test;
    testKind(`${kind.name ?? kind.kind}, ${act.name}: what its programs started does not outlive them`, async (t) => {
      const project = await openProject(t, kind.kind, { files: kind.files });
      // What supervisord says tells when it begins to stop.
      const started = act.foreground ? project.spawn('--raw') : null;
      if (!started) t.is((await project.mv('-d')).code, 0);
      await project.untilState('RUNNING', ...kind.programs);
      const supervisord = Number((await project.mv('pid')).out);
      await act.run(project, { ...kind, started });
      const left = () => (act.all ? project.alive() : leftBehind(project, supervisord));
      await eventually(left, (pids) => pids.length === 0, { what: 'nothing is left', ms: LEFT_MS });
      t.deepEqual(left(), []);
    });
  }
}

test('a program that crashed and left its child: the next start has the port for itself', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: { Procfile: 'web: node web.mjs & echo $! > child; sleep 1000\n' },
  });
  await project.mv('-d');
  await project.untilState('RUNNING', 'web');
  await project.mv('stop', 'autoreload');
  const shell = await project.pid('web');
  const child = await eventually(
    () => project.read('child').catch(() => ''),
    (text) => text.trim() !== '',
    { what: 'its child', ms: LEFT_MS },
  );
  process.kill(shell, 'SIGKILL');
  await project.newPid('web', shell);
  await project.mv('restart', 'web');
  await eventually(
    () => leftBehind(project, Number.MAX_SAFE_INTEGER).includes(Number(child)),
    (there) => !there,
    { what: 'the child of the first is gone', ms: LEFT_MS },
  );
  t.pass();
});

for (const way of [
  'in the foreground',
  'in the background, by the watcher',
  'in the background, by readiness',
] as const) {
  test(`crashed and started again by supervisord, ${way}: nothing of the first is left`, async (t) => {
    const order = way.endsWith('readiness') ? '# multivisor: ready_cmd = true\n' : '';
    const project = await openProject(t, 'procfile', {
      files: { Procfile: `${order}web: node web.mjs & echo $! > child; wait\n` },
    });
    if (way === 'in the foreground') project.spawn('--noreload');
    else await project.mv('-d', ...(order === '' ? [] : ['--noreload']));
    await project.untilState('RUNNING', 'web', ...(order === '' ? [] : ['readiness']));
    if (way.endsWith('watcher')) {
      await eventually(
        async () => (await project.mv('tail', 'autoreload')).out,
        (out) => out.includes('watching'),
        { what: 'it watches', ms: 30_000 },
      );
    }
    const supervisord = Number((await project.mv('pid')).out);
    const [shell, child] = [await project.pid('web'), Number(await project.read('child'))];
    process.kill(shell, 'SIGKILL');
    await eventually(
      () => leftBehind(project, supervisord).includes(child) || project.alive().includes(child),
      (there) => !there,
      { what: 'the child of the first is gone', ms: LEFT_MS },
    );
    await project.newPid('web', shell);
    t.false(project.alive().includes(child));
  });
}

test('what made a session of its own goes on after a stop, and ends with nobody', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: { Procfile: 'web: setsid sleep 300 & echo $! > child; while true; do sleep 1; done\n' },
  });
  await project.mv('-d', '--noreload');
  await project.untilState('RUNNING', 'web');
  const child = await eventually(
    () => project.read('child').catch(() => ''),
    (text) => text.trim() !== '',
    { what: 'its child', ms: LEFT_MS },
  );
  await project.mv('stop', 'web');
  const all = project.alive();
  t.true(all.some((pid) => pid >= Number(child) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep')));
  for (const pid of leftBehind(project, Number((await project.mv('pid')).out))) process.kill(pid, 'SIGKILL');
});
