// Programs that wait for others, under a real supervisord: the order is told by what they themselves wrote down.
import test from 'ava';
import { eventually } from '../../../helpers/deadline.ts';
import type { TestProject } from '../../../helpers/project/project.ts';
import { openProject } from '../../../helpers/project/project.ts';

const LIMIT_MS = 30_000;

/** Writes down when it began and when it was ready, and becomes ready in the way that it is told. */
const PART = `
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import * as http from 'node:http';
const [name, way, ms] = process.argv.slice(2);
const note = (what) => appendFileSync('stamps', name + ' ' + what + ' ' + Date.now() + '\\n');
note('begins');
let asked = 0;
const server = http.createServer((_, answer) => {
  asked += 1;
  if (asked === 3) note('ready');
  answer.writeHead(asked < 3 ? 503 : 200).end();
});
if (way === 'http') server.listen(process.env.PORT, '127.0.0.1');
if (way !== 'http') setTimeout(() => {
  note('ready');
  if (way === 'tcp') createServer().listen(process.env.PORT, '127.0.0.1');
  if (way === 'cmd') writeFileSync(name + '.ready', '');
  if (way === 'log') console.log('accepting jobs');
}, Number(ms));
setInterval(() => {}, 1000);
`;

const PROCFILE = `
# multivisor: depends_on = web:healthy, cache:healthy, queue
worker: node part.mjs worker log 0
# multivisor: depends_on = migrate:completed
# multivisor: ready_http = $PORT/health
web: node part.mjs web http
# multivisor: depends_on = db:healthy
migrate: echo "migrate begins $(date +%s%3N)" >> stamps; sleep 0.5; echo "migrate ready $(date +%s%3N)" >> stamps
# multivisor: ready_cmd = test -e cache.ready
cache: node part.mjs cache cmd 400
# multivisor: ready_log = ^accepting
queue: node part.mjs queue log 600
# multivisor: ready_tcp = $PORT
db: node part.mjs db tcp 700
`;

const FILES = { Procfile: PROCFILE, 'part.mjs': PART };

async function stampsOf(project: TestProject): Promise<ReadonlyMap<string, number>> {
  const text = await project.read('stamps').catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

async function untilBegun(project: TestProject, name: string): Promise<ReadonlyMap<string, number>> {
  return eventually(
    () => stampsOf(project),
    (stamps) => stamps.has(`${name} begins`),
    { what: `${name} begins`, ms: LIMIT_MS },
  );
}

test('a program begins once what it waits for is ready or over, whatever the order in the file', async (t) => {
  const project = await openProject(t, 'procfile', { files: FILES });
  t.is((await project.mv('--noreload', '-d')).code, 0);
  const stamps = await untilBegun(project, 'worker');
  const at = (what: string) => stamps.get(what) ?? Number.NaN;
  const chain: readonly (readonly [string, string])[] = [
    ['db ready', 'migrate begins'],
    ['migrate ready', 'web begins'],
    ['web ready', 'worker begins'],
    ['cache ready', 'worker begins'],
    ['queue ready', 'worker begins'],
  ];
  for (const [first, second] of chain)
    t.true(at(first) <= at(second), `${first} before ${second}: ${[...stamps].join(' ')}`);
  t.true(at('cache begins') < at('db ready'), 'what waits for nobody begins at once');
  await project.untilState('RUNNING', 'worker', 'web', 'cache', 'queue', 'db');
  const { code, out } = await project.mv('status', 'worker', 'web', 'cache', 'queue', 'db');
  t.is(code, 0, out);
  t.notRegex(out, /not ready|waiting/u);
});

test('status says who waits for whom and who is not ready, and takes it for a start', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: {
      Procfile:
        '# multivisor: ready_cmd = test -e go\ndb: sleep 1000\n# multivisor: depends_on = db\nweb: sleep 1000\n',
    },
  });
  await project.mv('-d', '--noreload');
  await project.untilState('RUNNING', 'db');
  const waiting = await eventually(
    () => project.mv('status'),
    ({ out }) => out.includes('exited with 1'),
    { what: 'an answer', ms: LIMIT_MS },
  );
  t.regex(waiting.out, /^db +RUNNING .*, not ready: its command exited with 1$/mu);
  t.regex(waiting.out, /^web +STOPPED +waiting for db$/mu);
  t.is(waiting.code, 0);
  await project.write('go', '');
  await project.untilState('RUNNING', 'db', 'web');
  const ready = await project.mv('status');
  t.notRegex(ready.out, /not ready|waiting/u);
  t.is(ready.code, 0);
});

test('what fails holds the others back and says so; mended and started, it lets them go on', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: {
      Procfile:
        'migrate: test -e mended\n# multivisor: depends_on = migrate:completed\nweb: sleep 1000\n' +
        '# multivisor: depends_on = web\nworker: sleep 1000\n',
    },
  });
  const started = project.spawn('--noreload');
  await eventually(started.output, (text) => text.includes('worker is held back: web is held back'), {
    what: 'the words',
    ms: LIMIT_MS,
  });
  t.regex(started.output(), /readiness │ web is held back: migrate exited with 1/u);
  const held = await project.mv('status');
  t.regex(held.out, /^web +STOPPED +held back: migrate exited with 1$/mu);
  t.is(held.code, 3);
  await project.write('mended', '');
  await project.mv('start', 'migrate');
  await project.untilState('RUNNING', 'web', 'worker');
  t.pass();
});

test('what failed is tried again when its code changes, and what went well is not', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: {
      Procfile: 'migrate: node migrate.mjs\n# multivisor: depends_on = migrate:completed\nweb: sleep 1000\n',
      'migrate.mjs': 'throw new Error("not yet");\n',
    },
  });
  await project.mv('-d');
  await project.untilState('held back: migrate exited with 1', 'web');
  await eventually(
    async () => (await project.mv('tail', 'autoreload')).out,
    (out) => out.includes('watching'),
    { what: 'it watches', ms: LIMIT_MS },
  );
  const good = 'import { appendFileSync } from "node:fs";\nappendFileSync("runs", "x");\n';
  await project.write('migrate.mjs', good);
  await project.untilState('RUNNING', 'web');
  const web = await project.pid('web');
  await project.write('migrate.mjs', `${good}// changed\n`);
  await project.newPid('web', web);
  t.is(await project.read('runs'), 'x');
});

test('a program that is not ready in time holds the others back, and lets them go on when it is', async (t) => {
  const project = await openProject(t, 'node', {
    files: {
      'supervisord.conf':
        '[program:db]\ncommand=sleep 1000\nready_cmd=test -e go\nready_timeout=1\n' +
        '[program:web]\ncommand=sleep 1000\ndepends_on=db:healthy\n',
    },
  });
  await project.mv('-d', '--noreload');
  const late = await eventually(
    () => project.mv('status'),
    ({ out }) => out.includes('held back'),
    { what: 'it is late', ms: LIMIT_MS },
  );
  t.regex(late.out, /^db .*, not ready after 1 s: its command exited with 1$/mu);
  t.regex(late.out, /^web +STOPPED +held back: db is not ready after 1 s$/mu);
  t.is(late.code, 3);
  await project.write('go', '');
  await project.untilState('RUNNING', 'db', 'web');
  t.is((await project.mv('status')).code, 0);
});

test('a stop and a start of all keep to the order; what waits may be told not to come, or to come at once', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: {
      Procfile:
        '# multivisor: ready_cmd = test -e go\ndb: rm -f go; sleep 1000\n# multivisor: depends_on = db\nweb: sleep 1000\n',
    },
  });
  await project.mv('-d', '--noreload');
  await project.untilState('waiting for db', 'web');
  t.is((await project.mv('stop', 'web')).out, 'web: no longer waits\n');
  await project.write('go', '');
  await eventually(
    () => project.mv('status', 'db'),
    ({ out }) => !out.includes('not ready'),
    { what: 'db is ready', ms: LIMIT_MS },
  );
  t.regex((await project.mv('status', 'web')).out, /STOPPED +Not started/u);
  await project.mv('start', 'web');
  await project.untilState('RUNNING', 'web');
  await project.mv('stop', 'all');
  const again = await project.mv('start', 'all');
  t.regex(again.out, /^web: waiting for db$/mu);
  t.regex(again.out, /^db: started$/mu);
  await project.untilState('waiting for db', 'web');
  await project.write('go', '');
  await project.untilState('RUNNING', 'db', 'web');
  const first = await project.pid('web');
  // A dependency that is restarted leaves what waited for it alone.
  await project.mv('restart', 'db');
  t.is(await project.pid('web'), first);
  await project.mv('reload');
  await project.untilState('waiting for db', 'web');
});

const WRONG: readonly (readonly [what: string, text: string, words: RegExp])[] = [
  [
    'a circle',
    'a: x\n# multivisor: depends_on = c\nb: x\n# multivisor: depends_on = b\nc: x\n',
    /Procfile:2: depends_on goes round in a circle: b → c → b/u,
  ],
  ['itself', '# multivisor: depends_on = a\na: x\n', /Procfile:1: .*circle: a → a/u],
  ['a name', 'web: x\n# multivisor: depends_on = wbe\nb: x\n', /Procfile:2: .*"wbe".*did you mean "web"/u],
  ['a word', 'a: x\n# multivisor: depends_on = a:ready\nb: x\n', /:2: .*"a:ready".*healthy/u],
  ['no check', 'a: x\n# multivisor: depends_on = a:healthy\nb: x\n', /:2: .*\[program:a\] does not say/u],
  [
    'a time',
    '# multivisor: ready_tcp = 1\n# multivisor: ready_timeout = soon\na: x\n',
    /:2: .*ready_timeout is "soon"/u,
  ],
  ['an address', '# multivisor: ready_tcp = db:0\na: x\n', /:1: .*ready_tcp is "db:0"/u],
  ['a variable', '# multivisor: ready_http = $PROT/\na: x\n', /:1: .*names \$PROT/u],
  ['a pattern', '# multivisor: ready_log = (\na: x\n', /:1: .*ready_log/u],
];

for (const [what, text, words] of WRONG) {
  test(`an order that cannot be: ${what} is told with its line, and nothing is started`, async (t) => {
    const project = await openProject(t, 'procfile', { files: { Procfile: text } });
    const { code, err } = await project.mv('-d');
    t.is(code, 2);
    t.regex(err, words);
    t.deepEqual(project.alive(), []);
  });
}

test('supervisord never sees the words of the order, and what is left out is not waited for', async (t) => {
  const project = await openProject(t, 'procfile', { files: FILES });
  const { out } = await project.mv('-x', 'db', 'getconfig');
  t.notRegex(out, /depends_on|ready_/u);
  t.regex((await project.mv('-x', 'readiness', 'getconfig')).out, /\[program:web\]\n(?:(?!autostart).+\n)+/u);
  await project.mv('-x', 'db', '-d', '--noreload');
  t.true((await untilBegun(project, 'migrate')).has('migrate begins'));
});
