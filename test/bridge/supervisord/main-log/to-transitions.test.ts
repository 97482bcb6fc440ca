import test from 'ava';
import type { ProcessReading } from '../../../../src/core/model.ts';
import type { ReportedTransition } from '../../../../src/core/observation.ts';
import { parseLogLine } from '../../../../src/bridge/supervisord-api/parse-log-line.ts';
import { createNameIndex } from '../../../../src/bridge/supervisord/main-log/process-names.ts';
import { createLineReporter } from '../../../../src/bridge/supervisord/main-log/to-transitions.ts';

function reading(key: string, fields: Partial<ProcessReading> = {}): ProcessReading {
  const [group = '', name = ''] = key.split(':');
  return {
    group,
    name,
    state: 'RUNNING',
    pid: 100,
    startedAt: 1,
    stoppedAt: null,
    exitStatus: null,
    spawnError: '',
    description: '',
    stdoutLog: '',
    stderrLog: '',
    ...fields,
  };
}

function setUp(readings: readonly ProcessReading[]) {
  const index = createNameIndex();
  index.replace(readings, true);
  const reporter = createLineReporter(index);
  return {
    index,
    reporter,
    say: (...lines: readonly string[]) =>
      reporter.report(
        lines.flatMap((line) => parseLogLine(`2026-01-31 12:00:00,123 INFO ${line}`) ?? []),
        0,
      ),
  };
}

const brief = ({ group, name, to, reason, pid }: ReportedTransition) =>
  [`${group}:${name}`, to, ...(pid === null ? [] : [pid]), ...(reason ? [reason.kind] : [])].join(' ');

test('a crash and what follows is told in order, each of the one process of that name', (t) => {
  const { say } = setUp([reading('shop:web'), reading('shop:api')]);
  const { transitions, names, everything } = say(
    'exited: web (terminated by SIGKILL; not expected)',
    "spawned: 'web' with pid 101",
    'success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)',
  );
  t.deepEqual(transitions.map(brief), ['shop:web EXITED signal', 'shop:web STARTING 101', 'shop:web RUNNING']);
  t.deepEqual(names, ['shop:web']);
  t.false(everything);
});

test('a start that fails goes to BACKOFF, and after the last to FATAL', (t) => {
  const { say } = setUp([reading('g:bad', { state: 'STOPPED', pid: null })]);
  const { transitions } = say(
    "spawned: 'bad' with pid 1",
    'exited: bad (exit status 1; not expected)',
    "spawned: 'bad' with pid 2",
    'exited: bad (exit status 1; not expected)',
    'gave up: bad entered FATAL state, too many start retries too quickly',
  );
  t.deepEqual(transitions.map(brief), [
    'g:bad STARTING 1',
    'g:bad BACKOFF exit',
    'g:bad STARTING 2',
    'g:bad BACKOFF exit',
    'g:bad FATAL gave-up',
  ]);
});

test('an exit that was expected is no failed start, also of a process that was starting', (t) => {
  const { say } = setUp([reading('g:job', { state: 'STARTING' })]);
  t.deepEqual(say('exited: job (exit status 0; expected)').transitions.map(brief), ['g:job EXITED exit']);
});

test('readings that are ahead of the lines do not change what the lines mean', (t) => {
  const { say, index } = setUp([reading('g:web')]);
  index.update([reading('g:web', { state: 'STARTING', pid: 101 })], []);
  t.deepEqual(say('exited: web (exit status 1; not expected)').transitions.map(brief), ['g:web EXITED exit']);
});

test('of two processes of one name, the one whose reading fits is told, after it was read', (t) => {
  const { say, index, reporter } = setUp([reading('a:web', { pid: 100 }), reading('b:web', { pid: 200 })]);
  const first = say('exited: web (exit status 3; not expected)', "spawned: 'web' with pid 201");
  t.deepEqual(first.transitions, []);
  t.deepEqual(first.names, ['a:web', 'b:web']);
  index.update([reading('a:web', { pid: 100 }), reading('b:web', { pid: 201, state: 'STARTING' })], []);
  t.deepEqual(reporter.settle(10).map(brief), ['b:web EXITED exit', 'b:web STARTING 201']);
  t.deepEqual(reporter.settle(20), []);
});

test('both of them at once are told apart by their exit status', (t) => {
  const { say, index, reporter } = setUp([reading('a:web', { pid: 100 }), reading('b:web', { pid: 200 })]);
  say('exited: web (exit status 3; expected)', 'exited: web (exit status 0; expected)');
  const exited = { state: 'EXITED', pid: null } as const;
  index.update([reading('a:web', { ...exited, exitStatus: 0 }), reading('b:web', { ...exited, exitStatus: 3 })], []);
  t.deepEqual(
    reporter.settle(10).map(({ group, reason }) => [group, reason]),
    [
      ['b', { kind: 'exit', status: 3, expected: true }],
      ['a', { kind: 'exit', status: 0, expected: true }],
    ],
  );
});

test('a name that nobody knew yet makes everything be read, and is told then', (t) => {
  const { say, index, reporter } = setUp([reading('g:web')]);
  const { transitions, everything } = say("spawned: 'new' with pid 7");
  t.deepEqual(transitions, []);
  t.true(everything);
  index.replace([reading('g:web'), reading('x:new', { state: 'STARTING', pid: 7 })], false);
  t.deepEqual(reporter.settle(10).map(brief), ['x:new STARTING 7']);
});

test('a spawn error names nobody: everything is read, and who bears it is told', (t) => {
  const { say, index, reporter } = setUp([reading('g:a', { state: 'STOPPED', pid: null }), reading('g:b')]);
  const { everything } = say("spawnerr: can't find command '/x'");
  t.true(everything);
  index.update([reading('g:a', { state: 'BACKOFF', pid: null, spawnError: "can't find command '/x'" })], []);
  t.deepEqual(reporter.settle(10).map(brief), ['g:a BACKOFF spawn-error']);
});

const NO_COMMAND = "can't find command '/x'";
const GAVE_UP = 'gave up: a entered FATAL state, too many start retries too quickly';
const FATAL = { state: 'FATAL', pid: null, spawnError: NO_COMMAND } as const;

test('why it cannot be spawned is not lost when it was given up before anybody reread', (t) => {
  const { say, index, reporter } = setUp([reading('g:a', { state: 'STOPPED', pid: null })]);
  t.deepEqual(say(`spawnerr: ${NO_COMMAND}`, `spawnerr: ${NO_COMMAND}`, GAVE_UP).transitions, []);
  index.update([reading('g:a', FATAL)], []);
  t.deepEqual(reporter.settle(10).map(brief), ['g:a BACKOFF spawn-error', 'g:a FATAL gave-up']);
});

test('what comes after a giving up that waits for its cause waits behind it', (t) => {
  const { say, index, reporter } = setUp([reading('g:a', { state: 'STOPPED', pid: null }), reading('g:b')]);
  const at = say(
    `spawnerr: ${NO_COMMAND}`,
    GAVE_UP,
    "spawned: 'a' with pid 7",
    'exited: b (exit status 1; not expected)',
  );
  t.deepEqual(at.transitions.map(brief), ['g:b EXITED exit']);
  index.update([reading('g:a', { state: 'STARTING', pid: 7, spawnError: NO_COMMAND })], []);
  t.deepEqual(reporter.settle(10).map(brief), ['g:a BACKOFF spawn-error', 'g:a FATAL gave-up', 'g:a STARTING 7']);
});

test('why it cannot be spawned is not lost when its first reading is of after that', (t) => {
  for (const first of [FATAL, { ...FATAL, state: 'BACKOFF' as const }]) {
    const { say, index, reporter } = setUp([reading('g:b')]);
    say(`spawnerr: ${NO_COMMAND}`);
    index.replace([reading('g:b'), reading('g:a', first)], false);
    const told = reporter.settle(10);
    t.deepEqual([...told, ...say(GAVE_UP).transitions].map(brief), ['g:a BACKOFF spawn-error', 'g:a FATAL gave-up']);
  }
});

test('a spawn error is not told of who bore the same one before', (t) => {
  const { say, index, reporter } = setUp([reading('g:a', FATAL), reading('g:b', { state: 'STOPPED', pid: null })]);
  say(`spawnerr: ${NO_COMMAND}`);
  index.update([reading('g:a', FATAL), reading('g:b', { ...FATAL, state: 'BACKOFF' })], []);
  t.deepEqual(reporter.settle(10).map(brief), ['g:b BACKOFF spawn-error']);
});

test('a line whose process is not found out within seconds is dropped', (t) => {
  const { say, index, reporter } = setUp([reading('a:web', { pid: 100 }), reading('b:web', { pid: 200 })]);
  say('stopped: web (exit status 0)');
  t.deepEqual(reporter.settle(5_000), []);
  index.update([reading('a:web', { pid: null, state: 'STOPPED' })], []);
  t.deepEqual(reporter.settle(5_001), []);
});
