import test from 'ava';
import type { ProcessReading } from '../../../../src/core/model.ts';
import { findCircle, parseDependsOn } from '../../../../src/bridge/project/order/depends-on.ts';
import { parseHttpCheck, parseTcpCheck } from '../../../../src/bridge/project/order/check-address.ts';
import { nextSteps } from '../../../../src/bridge/project/order/next-steps.ts';
import type { Dependency, OrderedProgram } from '../../../../src/bridge/project/order/order-plan.ts';
import { parseEnvironment } from '../../../../src/bridge/project/supervisord-conf/parse-environment.ts';

const program = (name: string, after: readonly Dependency[] = [], targets = [`${name}:${name}`]): OrderedProgram => ({
  name,
  after: [...after],
  held: after.length > 0,
  timeoutMs: 60_000,
  exitCodes: [0, 2],
  directory: '/',
  targets: targets.map((target) => ({ target, environment: {}, checks: [] })),
});

const reading = (target: string, state: ProcessReading['state'], exitStatus: number | null = null): ProcessReading => ({
  group: target.split(':')[0] ?? '',
  name: target.split(':')[1] ?? '',
  state,
  pid: state === 'RUNNING' ? 7 : null,
  startedAt: 1,
  stoppedAt: null,
  exitStatus,
  spawnError: '',
  description: '',
  stdoutLog: '',
  stderrLog: '',
});

const CASES: readonly (readonly [
  what: string,
  condition: Dependency['condition'],
  states: readonly (readonly [ProcessReading['state'], number | null])[],
  words: string | null,
])[] = [
  ['runs', 'started', [['RUNNING', null]], null],
  ['starts', 'started', [['STARTING', null]], 'waiting for a'],
  [
    'one of two runs',
    'started',
    [
      ['RUNNING', null],
      ['STARTING', null],
    ],
    'waiting for a',
  ],
  ['was started and is over', 'started', [['EXITED', 0]], null],
  ['is over, with another good code', 'completed', [['EXITED', 2]], null],
  ['runs still', 'completed', [['RUNNING', null]], 'waiting for a'],
  ['failed', 'completed', [['EXITED', 1]], 'held back: a exited with 1'],
  ['was killed', 'completed', [['EXITED', null]], 'held back: a was ended by a signal'],
  [
    'one of two failed',
    'completed',
    [
      ['EXITED', 0],
      ['EXITED', 9],
    ],
    'held back: a exited with 9',
  ],
  ['was given up', 'started', [['FATAL', null]], 'held back: a is FATAL'],
  ['was stopped by hand', 'started', [['STOPPED', null]], 'waiting for a'],
];

for (const [what, condition, states, words] of CASES) {
  test(`${condition}, and it ${what}: ${words ?? 'go'}`, (t) => {
    const targets = states.map((_, index) => `a:${index}`);
    const plan = { mainLog: null, programs: [program('a', [], targets), program('b', [{ name: 'a', condition }])] };
    const processes = new Map(
      states.map(([state, status], index) => [`a:${index}`, reading(`a:${index}`, state, status)] as const),
    );
    const { start, notes } = nextSteps(plan, { processes, readiness: new Map(), owed: new Set(['b']) });
    t.deepEqual(
      start.map(({ name }) => name),
      words === null ? ['b'] : [],
    );
    t.is(notes['b:b']?.words || null, words);
  });
}

test('a readiness of an earlier run says nothing of this one', (t) => {
  const a = program('a');
  const checked = {
    ...a,
    targets: a.targets.map((each) => ({ ...each, checks: [{ kind: 'tcp' as const, text: '1' }] })),
  };
  const plan = { mainLog: null, programs: [checked, program('b', [{ name: 'a', condition: 'healthy' }])] };
  const processes = new Map([['a:a', reading('a:a', 'RUNNING')]]);
  const seen = (pid: number) => ({
    processes,
    readiness: new Map([['a:a', { pid, ready: true, late: false, words: '' }]]),
    owed: new Set(['b']),
  });
  t.is(nextSteps(plan, seen(7)).start.length, 1);
  t.is(nextSteps(plan, seen(6)).start.length, 0);
  t.is(nextSteps(plan, seen(6)).notes['a:a']?.words, 'not ready');
});

test('depends_on is read with its conditions, and what is none is told', (t) => {
  t.deepEqual(parseDependsOn('db:healthy, migrate:completed\nweb').wanted, [
    { name: 'db', condition: 'healthy' },
    { name: 'migrate', condition: 'completed' },
    { name: 'web', condition: null },
  ]);
  t.regex(parseDependsOn('db:constructor').problems.join(''), /"db:constructor"/u);
});

const of = (text: Readonly<Record<string, readonly string[]>>) => findCircle(new Map(Object.entries(text)));

test('a circle is found wherever it is, and two ways to one program are none', (t) => {
  t.is(of({ a: ['b', 'c'], b: ['d'], c: ['d'] }), null);
  t.deepEqual(of({ a: ['b'], b: ['c'], c: ['d'], d: ['b'] }), ['b', 'c', 'd', 'b']);
});

test('addresses of checks', (t) => {
  t.deepEqual(parseTcpCheck('5432'), { host: '127.0.0.1', port: 5432 });
  t.deepEqual(parseTcpCheck('[::1]:80'), { host: '::1', port: 80 });
  t.deepEqual(parseTcpCheck('unix:///run/db.sock'), { path: '/run/db.sock' });
  for (const bad of ['', 'x', 'host:', 'a:b:1', '99999']) t.is(typeof parseTcpCheck(bad), 'string', bad);
  t.is(String(parseHttpCheck('8000/health?x=1')), 'http://127.0.0.1:8000/health?x=1');
  for (const bad of ['', '/health', 'ftp://x/', '99999/']) t.is(typeof parseHttpCheck(bad), 'string', bad);
});

test('environment is read as supervisord reads it, which strips all quotes from both ends', (t) => {
  t.deepEqual(parseEnvironment(`A="x,y",B='it is "so"' , C=/a/b.c`), { A: 'x,y', B: 'it is "so', C: '/a/b.c' });
  t.deepEqual(parseEnvironment(''), {});
  t.is(parseEnvironment('A'), null);
});
