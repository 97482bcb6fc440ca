// The end of a project: side by side, in its order, and at once when one insists.
import test from 'ava';
import { endsBefore } from '../../../src/bridge/project/daemon/stop-all.ts';
import { eventually } from '../../helpers/deadline.ts';
import { testWith } from '../../helpers/peers.ts';
import type { TestProject } from '../../helpers/project/project.ts';
import { openProject } from '../../helpers/project/project.ts';
import { openTerminal } from '../../helpers/terminal/terminal.ts';

const BUNDLE = new URL('../../../dist/multivisor.js', import.meta.url).pathname;

/** Takes two seconds to end, and writes down when it was told to and when it is over. */
const slow = (name: string) =>
  `${name}: trap 'echo "${name} told $(date +%s%3N)" >> ends; sleep 2; echo "${name} over $(date +%s%3N)" >> ends; ` +
  `exit 0' TERM; while true; do sleep 0.1; done\n`;

async function endsOf(project: TestProject): Promise<ReadonlyMap<string, number>> {
  const lines = (await project.read('ends')).trim().split('\n');
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

const WAYS: readonly (readonly [name: string, foreground: boolean, end: (project: TestProject) => Promise<unknown>])[] =
  [
    ['ctrl-C', true, () => Promise.resolve()],
    ['shutdown', false, (project) => project.mv('shutdown')],
    ['reload', false, (project) => project.mv('reload')],
  ];

for (const [name, foreground, end] of WAYS) {
  test(`${name} ends programs side by side, and what depends on another before it`, async (t) => {
    const project = await openProject(t, 'procfile', {
      files: { Procfile: `${slow('a')}${slow('b')}# multivisor: depends_on = a\n${slow('c')}` },
    });
    const started = foreground ? project.spawn('--noreload') : null;
    if (started === null) await project.mv('-d', '--noreload');
    await project.untilState('RUNNING', 'a', 'b', 'c');
    started?.child.kill('SIGINT');
    await Promise.all([end(project), started?.exit]);
    const ends = await endsOf(project);
    const at = (what: string) => ends.get(what) ?? Number.NaN;
    t.true(at('b told') < at('c over'), 'b and c end at the same time');
    t.true(at('c over') <= at('a told'), 'c depends on a');
  });
}

test('update stops the groups that changed side by side', async (t) => {
  const project = await openProject(t, 'procfile', { files: { Procfile: slow('a') + slow('b') } });
  await project.mv('-d', '--noreload');
  await project.untilState('RUNNING', 'a', 'b');
  await project.write('Procfile', `${slow('a')}${slow('b')}`.replaceAll('sleep 0.1', 'sleep 0.2'));
  t.regex((await project.mv('update')).out, /a: updated process group\n(?:.*\n)*b: updated/u);
  const ends = await endsOf(project);
  t.true((ends.get('b told') ?? Infinity) < (ends.get('a over') ?? 0));
});

const config = (name: string, group_prio = 999) => ({ group: name, name, group_prio });
const program = (name: string, after: readonly string[]) => ({
  name,
  after: after.map((each) => ({ name: each, condition: 'started' as const })),
  held: true,
  timeoutMs: 1,
  exitCodes: [0],
  directory: '/',
  targets: [{ target: `${name}:${name}`, environment: {}, checks: [] }],
});

test('those that end first: what starts others, then by priority, then by what they depend on', (t) => {
  const before = endsBefore(
    [config('db', 1), config('web'), config('worker'), config('mail'), config('readiness'), config('late', 1000)],
    { mainLog: null, programs: [program('web', ['db']), program('db', []), program('worker', ['web'])] },
  );
  const is = (first: string, second: string) => before(`${first}:${first}`, `${second}:${second}`);
  for (const [first, second] of [
    ['readiness', 'late'],
    ['late', 'mail'],
    ['mail', 'db'],
    ['worker', 'web'],
    ['web', 'db'],
  ] as const) {
    t.true(is(first, second), `${first} before ${second}`);
    t.false(is(second, first), `${second} not before ${first}`);
  }
  t.false(is('mail', 'web') || is('web', 'mail'), 'side by side');
});

testWith('tmux', test)('ctrl-C twice: who does not go is killed at once', async (t) => {
  const project = await openProject(t, 'procfile', {
    files: {
      Procfile: '# multivisor: stopwaitsecs = 300\nweb: trap "echo not yet" TERM; while true; do sleep 0.1; done\n',
    },
  });
  const names = ['XDG_RUNTIME_DIR', 'PORT', 'MULTIVISOR_TEST', 'PATH'];
  const env = Object.fromEntries(names.map((name) => [name, project.env[name] ?? '']));
  // The shell of the pane outlives the key.
  const command = `trap : INT; ${process.execPath} ${BUNDLE} project --noreload`;
  const terminal = await openTerminal({ command, cwd: project.dir, env: { ...env, LC_ALL: 'C.UTF-8' } });
  try {
    await project.untilState('RUNNING', 'web');
    // What lives beside them is the terminal's own.
    const [web, supervisord] = [await project.pid('web'), Number((await project.mv('pid')).out)];
    await terminal.press('C-c');
    const screen = await terminal.until((text) => text.includes('not yet'), { what: 'it does not go' });
    t.regex(screen, /^all is being stopped; Ctrl-C again ends it at once$/mu);
    const before = performance.now();
    await terminal.press('C-c');
    await eventually(project.alive, (pids) => !pids.includes(web) && !pids.includes(supervisord), {
      what: 'neither lives',
      ms: 10_000,
    });
    t.log(`${Math.round(performance.now() - before)} ms`);
    t.regex(await terminal.until((screen) => screen.includes('exit '), { what: 'its exit code' }), /exit 130/u);
  } finally {
    await terminal.close();
  }
});
