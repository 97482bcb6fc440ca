// When a project ends by itself, and with which exit code.
import test from 'ava';
import { openProject } from '../../../helpers/project/project.ts';

type Row = {
  readonly what: string;
  readonly mode: string;
  readonly procfile: string;
  readonly code: number;
  readonly words: RegExp;
};

const ROWS: readonly Row[] = [
  {
    what: 'any: the first that ends, whatever its code',
    mode: 'any',
    procfile: 'web: sleep 1000\ntests: sleep 1.5; exit 0\n',
    code: 0,
    words: /tests exited with 0, so all is stopped/u,
  },
  {
    what: 'any: also one that supervisord would start again',
    mode: 'any',
    procfile: 'web: sleep 1000\ntests: sleep 0.2; exit 7\n',
    code: 7,
    words: /tests exited with 7/u,
  },
  {
    what: 'fail: a good end is none',
    mode: 'fail',
    procfile: 'web: sleep 1000\nfirst: sleep 1.2; exit 0\ntests: sleep 2.5; exit 5\n',
    code: 5,
    words: /tests exited with 5/u,
  },
  {
    what: 'fail: a signal is one',
    mode: 'fail',
    procfile: 'web: sleep 1000\ntests: sleep 1.2; kill -KILL $$\n',
    code: 137,
    words: /tests was ended by SIGKILL/u,
  },
  {
    what: 'fail: so is what cannot be started at all',
    mode: 'fail',
    procfile: '# multivisor: directory = /nowhere\nweb: sleep 1000\n',
    code: 127,
    words: /web (?:exited with 127|was given up)/u,
  },
  {
    what: 'fail: an early good end is none, and nothing is started again before the end',
    mode: 'fail',
    procfile: 'web: sleep 1000\nfirst: true\ntests: sleep 1.5; echo end >> ends; exit 5\n',
    code: 5,
    words: /tests exited with 5/u,
  },
  {
    what: 'all: the last one, and the first failure is the code',
    mode: 'all',
    procfile:
      '# multivisor: autorestart = false\nfirst: sleep 1.2; exit 4\nsecond: sleep 2; exit 0\n' +
      '# multivisor: autorestart = false\nthird: sleep 1.5; exit 9\n',
    code: 4,
    words: /first exited with 4/u,
  },
  {
    what: 'any: the end that others wait for is none',
    mode: 'any',
    procfile: 'migrate: true\n# multivisor: depends_on = migrate:completed\nweb: sleep 1.5; exit 6\n',
    code: 6,
    words: /web exited with 6/u,
  },
  {
    what: 'all: what is held back for good does not hold the end up',
    mode: 'all',
    procfile: 'migrate: exit 3\n# multivisor: depends_on = migrate:completed\nweb: sleep 1000\n',
    code: 3,
    words: /migrate exited with 3/u,
  },
];

for (const { what, mode, procfile, code, words } of ROWS) {
  test(`--exit-on ${what}`, async (t) => {
    const project = await openProject(t, 'procfile', { files: { Procfile: procfile } });
    const started = project.spawn('--noreload', '--exit-on', mode);
    t.is(await started.exit, code, started.output());
    t.regex(started.output(), words);
    t.deepEqual(project.alive(), []);
    if (procfile.includes('>> ends')) t.is(await project.read('ends'), 'end\n');
  });
}

test('--exit-on is refused where nobody would see it', async (t) => {
  const project = await openProject(t, 'procfile', { files: { Procfile: 'web: sleep 1000\n' } });
  const { code, err } = await project.mv('-d', '--exit-on=any');
  t.is(code, 2);
  t.regex(err, /foreground/u);
});
