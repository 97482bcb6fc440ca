import test from 'ava';
import type { EngineOutput } from '../../../src/core/engine/turn.ts';
import type { Transition } from '../../../src/core/model.ts';
import { reduce } from '../../../src/core/engine/reduce.ts';
import { AT_FIRST, T0, openEngine as open } from '../../helpers/core/open-engine.ts';
import { reading, reported } from '../../helpers/core/readings.ts';

const SIGKILL = { kind: 'signal', signal: 'SIGKILL', expected: false } as const;

const transitionsIn = (output: EngineOutput): readonly Transition[] =>
  output.events.flatMap((event) => (event.type === 'transitions' ? event.transitions : []));

test('before anybody answers every supervisor is there, connecting, and nothing is claimed', (t) => {
  const { engine } = open();
  t.deepEqual(
    [...engine.snapshot().supervisors.values()].map(({ name, link, processes }) => [name, link, processes.size]),
    [
      ['a', 'connecting', 0],
      ['b', 'connecting', 0],
    ],
  );
});

test('a reading that says the same again is no change, no revision and no event', (t) => {
  const { engine, all, pass } = open();
  all(reading('g:x', 'RUNNING'));
  const before = engine.snapshot();
  pass(5_000);
  const output = all(reading('g:x', 'RUNNING', { description: 'pid 100, uptime 0:00:05' }));
  t.deepEqual(output.events, []);
  t.is(engine.snapshot(), before);
});

test('a process that did not change keeps its identity when its neighbour changes', (t) => {
  const { all, get } = open();
  all(reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING'));
  const x = get('g:x');
  all(reading('g:x', 'RUNNING'), reading('g:y', 'STOPPED'));
  t.is(get('g:x'), x);
  t.is(get('g:y')?.state, 'STOPPED');
});

test('deltas applied to the snapshot before give the snapshot after, and only there', (t) => {
  const { engine, all, observe } = open();
  const first = engine.snapshot();
  const events = [
    all(reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING')),
    all(reading('g:y', 'FATAL', { spawnError: "can't find command 'y'" })),
    observe({ type: 'down', error: { code: 'refused', message: 'refused' } }),
  ].flatMap((output) => output.events);
  let remote = first;
  for (const event of events) {
    if (event.type !== 'delta') continue;
    const next = reduce(remote, event.delta);
    t.truthy(next);
    remote = next ?? remote;
  }
  t.deepEqual(remote, engine.snapshot());
  const last = events.findLast((event) => event.type === 'delta');
  t.is(last?.type === 'delta' ? reduce(first, last.delta) : first, null, 'a gap is noticed');
});

test('a supervisor that goes down keeps its processes, stale since its last answer', (t) => {
  const { engine, all, observe, pass, get } = open();
  all(reading('g:x', 'RUNNING'));
  pass(4_000);
  observe({ type: 'down', error: { code: 'timeout', message: 'no answer in 3 s' } });
  const a = engine.snapshot().supervisors.get('a');
  t.is(a?.link, 'down');
  t.is(a?.staleSince, T0);
  t.is(get('g:x')?.state, 'RUNNING');
  t.deepEqual(observe({ type: 'down', error: { code: 'timeout', message: 'no answer in 3 s' } }).events, []);
  all(reading('g:x', 'RUNNING'));
  t.is(engine.snapshot().supervisors.get('a')?.staleSince, null);
});

test('a crash that is over before anybody rereads is told in full by the log', (t) => {
  const { all, withLog, log, some, story, get } = open();
  withLog();
  all(reading('g:x', 'RUNNING'));
  log(reported('g:x', 'EXITED', { reason: SIGKILL }), reported('g:x', 'STARTING', { pid: 101 }));
  some(reading('g:x', 'STARTING', { pid: 101 }));
  log(reported('g:x', 'RUNNING'));
  some(reading('g:x', 'RUNNING', { pid: 101 }));
  t.deepEqual(story(), ['RUNNING EXITED', 'EXITED STARTING', 'STARTING RUNNING']);
  t.is(get('g:x')?.restarts, 1);
  t.deepEqual(get('g:x')?.fall?.reason, SIGKILL);
});

test('a reading ahead of the log is not told twice when the line comes within its grace', (t) => {
  const { all, withLog, log, some, story, pass, tick } = open();
  withLog();
  all(reading('g:x', 'RUNNING'));
  const output = some(reading('g:x', 'STARTING', { pid: 101 }));
  t.deepEqual(story(), [], 'the reading waits for its explanation');
  t.true(output.effects.some((effect) => effect.type === 'wake' && effect.at === AT_FIRST.monotonic + 1_500));
  pass(900);
  log(reported('g:x', 'EXITED', { reason: SIGKILL }), reported('g:x', 'STARTING', { pid: 101 }));
  pass(900);
  tick();
  t.deepEqual(story(), ['RUNNING EXITED', 'EXITED STARTING']);
});

test('a state that no line explains becomes a transition of its own after the grace', (t) => {
  const { all, withLog, some, story, pass, tick } = open();
  withLog();
  all(reading('g:x', 'RUNNING'));
  some(reading('g:x', 'EXITED', { exitStatus: 3, spawnError: 'Bad exit code 3' }));
  pass(1_500);
  const [transition] = transitionsIn(tick());
  t.deepEqual(story(), ['RUNNING EXITED']);
  t.is(transition?.source, 'poll');
  t.deepEqual(transition?.reason, { kind: 'exit', status: 3, expected: false });
});

test('a line that comes after the derived transition completes it instead of repeating it', (t) => {
  const { engine, all, withLog, some, log, story, pass, tick, get } = open();
  withLog();
  all(reading('g:x', 'RUNNING'));
  some(reading('g:x', 'EXITED', { exitStatus: -1, spawnError: 'Bad exit code -1' }));
  pass(1_500);
  tick();
  pass(500);
  log(reported('g:x', 'EXITED', { reason: SIGKILL }));
  t.deepEqual(story(), ['RUNNING EXITED']);
  t.deepEqual(engine.timeline()[0]?.reason, SIGKILL);
  t.deepEqual(get('g:x')?.fall?.reason, SIGKILL);
});

test('without a log a change is told at once, and another pid means it was restarted in between', (t) => {
  const { engine, all, story, get } = open();
  all(reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING'));
  all(reading('g:x', 'STOPPED'), reading('g:y', 'RUNNING', { pid: 200, startedAt: 1_700_000_000 }));
  t.deepEqual(story(), ['RUNNING STOPPED', 'RUNNING RUNNING']);
  t.deepEqual(engine.timeline()[1]?.reason, { kind: 'restarted' });
  t.is(get('g:y')?.restarts, 1);
});

test('an exit line taken for a failed start is corrected by the reading', (t) => {
  const { engine, all, withLog, log, some, pass, tick, get } = open();
  withLog();
  all(reading('g:x', 'STARTING'));
  log(reported('g:x', 'BACKOFF', { reason: { kind: 'exit', status: 1, expected: false } }));
  some(reading('g:x', 'EXITED', { exitStatus: 1, spawnError: 'Bad exit code 1' }));
  pass(1_500);
  tick();
  t.deepEqual(
    engine.timeline().map(({ to }) => to),
    ['EXITED'],
  );
  t.is(get('g:x')?.state, 'EXITED');
});

test('giving up keeps the cause that was told before it', (t) => {
  const { all, withLog, log, some, get } = open();
  withLog();
  const cause = { kind: 'exit', status: 2, expected: false } as const;
  all(reading('g:x', 'STARTING'));
  log(reported('g:x', 'BACKOFF', { reason: cause }));
  log(reported('g:x', 'FATAL', { reason: { kind: 'gave-up', message: 'too many start retries too quickly' } }));
  some(reading('g:x', 'FATAL', { spawnError: 'Exited too quickly (process log may have details)' }));
  t.deepEqual(get('g:x')?.fall?.reason, cause);
});

test('a spawn error is the cause of a FATAL', (t) => {
  const { all, get, log, withLog } = open();
  withLog();
  all(reading('g:x', 'BACKOFF', { spawnError: "can't find command 'wagoo'" }));
  log(reported('g:x', 'FATAL', { reason: { kind: 'gave-up', message: 'too many' } }));
  t.deepEqual(get('g:x')?.fall?.reason, { kind: 'spawn-error', message: "can't find command 'wagoo'" });
});

test('last words are asked for once per unexpected fall and never for an expected exit', (t) => {
  const { all, withLog, log } = open();
  withLog();
  all(reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING'));
  const crash = log(reported('g:x', 'EXITED', { reason: SIGKILL }));
  t.deepEqual(crash.effects, [{ type: 'fetch-last-words', uid: 'a:g:x', transition: 1 }]);
  const planned = log(reported('g:y', 'EXITED', { reason: { kind: 'exit', status: 0, expected: true } }));
  t.deepEqual(planned.effects, []);
});

test('last words reach the timeline and their last line the process', (t) => {
  const { engine, all, withLog, log, get } = open();
  withLog();
  all(reading('g:x', 'RUNNING'));
  log(reported('g:x', 'EXITED', { reason: SIGKILL }));
  const words = { stream: 'stderr', lines: ['Traceback', 'OSError: no space'] } as const;
  engine.handle({ type: 'last-words', uid: 'a:g:x', transition: 1, words }, AT_FIRST);
  t.deepEqual(engine.timeline()[0]?.lastWords, words);
  t.is(get('g:x')?.fall?.lastLine, 'OSError: no space');
});

test('one that is down when first seen has its fall, without inventing a transition', (t) => {
  const { all, story, get } = open();
  const output = all(reading('g:x', 'FATAL', { spawnError: "can't find command 'x'", stoppedAt: 1_699_999_990 }));
  t.deepEqual(story(), []);
  t.deepEqual(get('g:x')?.fall, {
    at: 1_699_999_990_000 - 500,
    reason: { kind: 'spawn-error', message: "can't find command 'x'" },
    lastLine: '',
  });
  t.deepEqual(output.effects, [{ type: 'fetch-last-words', uid: 'a:g:x', transition: null }]);
});

test('a slow answer that was asked for before the report neither undoes it nor is told as a change', (t) => {
  const { observe, all, withLog, log, some, story, pass, tick, get } = open();
  withLog();
  all(reading('g:x', 'STOPPED'));
  log(reported('g:x', 'STARTING', { pid: 101 }), reported('g:x', 'RUNNING'));
  some(reading('g:x', 'RUNNING', { pid: 101 }));
  pass(1_000);
  observe({
    type: 'all',
    readings: [reading('g:x', 'STOPPED')],
    hostNow: null,
    latencyMs: 1_100,
    pollMs: 1,
    askedMsAgo: 1_100,
  });
  t.is(get('g:x')?.state, 'RUNNING');
  pass(2_000);
  tick();
  t.deepEqual(story(), ['STOPPED STARTING', 'STARTING RUNNING']);
  all(reading('g:x', 'STOPPED'));
  t.is(get('g:x')?.state, 'STOPPED', 'one that was asked for after it counts');
});

test('a process that supervisord does not list any more is gone, and its return is a new beginning', (t) => {
  const { all, get, story } = open();
  all(reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING'));
  all(reading('g:y', 'RUNNING'));
  t.is(get('g:x'), undefined);
  all(reading('g:x', 'STOPPED'), reading('g:y', 'RUNNING'));
  t.is(get('g:x')?.state, 'STOPPED');
  t.deepEqual(story(), []);
});

test('one batch is one revision and names each thing once', (t) => {
  const { engine, all, withLog, log } = open();
  withLog();
  all(reading('g:x', 'RUNNING'));
  const { revision } = engine.snapshot();
  const output = log(
    reported('g:x', 'EXITED', { reason: SIGKILL }),
    reported('g:x', 'STARTING', { pid: 101 }),
    reported('g:x', 'EXITED', { reason: SIGKILL }),
  );
  const deltas = output.events.filter((event) => event.type === 'delta');
  t.is(deltas.length, 1);
  t.is(engine.snapshot().revision, revision + 1);
  t.is(deltas[0]?.delta.changes.length, 1);
});

test('the clock of the host is followed only when it really moved', (t) => {
  const { engine, observe, pass } = open();
  const at = (hostNow: number) => observe({ type: 'all', readings: [], hostNow, latencyMs: 3, pollMs: 5_000 });
  at(T0 / 1_000 + 60);
  const offset = () => engine.snapshot().supervisors.get('a')?.clockOffsetMs;
  t.is(offset(), 60_500);
  pass(900);
  t.deepEqual(at(T0 / 1_000 + 60).events, []);
  at(T0 / 1_000 + 120);
  t.is(offset(), 119_600);
});

test('what one supervisor tells never touches another', (t) => {
  const { engine, all, observe } = open();
  all(reading('g:x', 'RUNNING'));
  const b = engine.snapshot().supervisors.get('b');
  observe({ type: 'down', error: { code: 'refused', message: 'refused' } });
  t.is(engine.snapshot().supervisors.get('b'), b);
  t.deepEqual(observe({ type: 'gap', message: 'x' }, 'stranger').events, []);
});
