// Two tellings of one restart: by another pid that was read, and by the lines that come after it.
import test from 'ava';
import { openEngine as open } from '../../helpers/core/open-engine.ts';
import { reading, reported } from '../../helpers/core/readings.ts';

const SIGKILL = { kind: 'signal', signal: 'SIGKILL', expected: false } as const;

test('a crash that was seen by its other pid before the log told of it is one restart, with its reason', (t) => {
  const { engine, all, withLog, log, story, pass, get } = open();
  all(reading('g:x', 'RUNNING'));
  all(reading('g:x', 'RUNNING', { pid: 101 }));
  t.is(get('g:x')?.restarts, 1);
  pass(700);
  withLog();
  const told = log(
    reported('g:x', 'EXITED', { reason: SIGKILL }),
    reported('g:x', 'STARTING', { pid: 101 }),
    reported('g:x', 'RUNNING'),
  );
  t.deepEqual(story(), ['RUNNING EXITED', 'EXITED STARTING', 'STARTING RUNNING']);
  t.deepEqual(engine.timeline()[0]?.reason, SIGKILL);
  t.is(engine.timeline()[0]?.pid, null, 'the pid that was read is not of the run that ended');
  t.deepEqual(get('g:x')?.fall?.reason, SIGKILL);
  t.is(get('g:x')?.restarts, 1);
  t.is(told.effects.filter(({ type }) => type === 'fetch-last-words').length, 1);
});

test('a second crash soon after one that only its other pid told of is a restart of its own', (t) => {
  const { all, withLog, log, pass, get } = open();
  all(reading('g:x', 'RUNNING'));
  all(reading('g:x', 'RUNNING', { pid: 101 }));
  pass(700);
  withLog();
  log(reported('g:x', 'EXITED', { reason: SIGKILL }), reported('g:x', 'STARTING', { pid: 101 }));
  log(reported('g:x', 'RUNNING'));
  log(reported('g:x', 'EXITED', { reason: SIGKILL }), reported('g:x', 'STARTING', { pid: 102 }));
  t.is(get('g:x')?.restarts, 2);
});

test('two crashes of which only the last pid was read are two restarts when the log tells of both', (t) => {
  const { all, withLog, log, pass, get } = open();
  all(reading('g:x', 'RUNNING'));
  all(reading('g:x', 'RUNNING', { pid: 102 }));
  pass(700);
  withLog();
  log(reported('g:x', 'EXITED', { reason: SIGKILL }), reported('g:x', 'STARTING', { pid: 101 }));
  log(reported('g:x', 'EXITED', { reason: SIGKILL }), reported('g:x', 'STARTING', { pid: 102 }));
  t.is(get('g:x')?.restarts, 2);
});

test('a start that is told without a pid, as events tell it, counts long after a restart that only a pid told of', (t) => {
  const { all, withLog, log, pass, get } = open();
  all(reading('g:x', 'RUNNING'));
  all(reading('g:x', 'RUNNING', { pid: 101 }));
  pass(60_000);
  withLog();
  log(reported('g:x', 'EXITED', { reason: SIGKILL }), reported('g:x', 'STARTING'));
  t.is(get('g:x')?.restarts, 2);
});

test('a crash long after a restart that only its other pid told of is not taken for it', (t) => {
  const { all, withLog, log, story, pass, get } = open();
  all(reading('g:x', 'RUNNING'));
  all(reading('g:x', 'RUNNING', { pid: 101 }));
  pass(60_000);
  withLog();
  log(reported('g:x', 'EXITED', { reason: SIGKILL }), reported('g:x', 'STARTING', { pid: 102 }));
  t.deepEqual(story(), ['RUNNING RUNNING', 'RUNNING EXITED', 'EXITED STARTING']);
  t.is(get('g:x')?.restarts, 2);
});

for (const [states, first, second] of [
  ['it is starting again', 'RUNNING', 'STARTING'],
  ['it runs that was starting', 'STARTING', 'RUNNING'],
] as const) {
  test(`behind a proxy that keeps the log back a crash is one restart, told once, also when ${states} by then`, (t) => {
    const { engine, all, story, get } = open();
    all(reading('g:x', first));
    all(reading('g:x', second, { pid: 101 }));
    all(reading('g:x', 'RUNNING', { pid: 101 }));
    const [told, ...later] = engine.timeline();
    t.deepEqual(told?.reason, { kind: 'restarted' });
    t.true(later.every(({ reason }) => reason === null));
    t.is(story()[0], `${first} ${second}`);
    t.is(get('g:x')?.restarts, 1);
  });
}

test('a program that was down in one look and runs in the next was restarted once, and its fall is told once', (t) => {
  const { all, story, get } = open();
  all(reading('g:x', 'RUNNING'));
  all(reading('g:x', 'BACKOFF', { spawnError: 'Exited too quickly (process log may have details)' }));
  all(reading('g:x', 'RUNNING', { pid: 101 }));
  t.deepEqual(story(), ['RUNNING BACKOFF', 'BACKOFF RUNNING']);
  t.is(get('g:x')?.restarts, 1);
});

test('a start of some seconds that an event tells of without its pid is no second restart', (t) => {
  const { all, withLog, log, story, pass, tick, get } = open();
  withLog();
  all(reading('g:x', 'RUNNING'));
  log(reported('g:x', 'EXITED', { reason: SIGKILL }), reported('g:x', 'STARTING'));
  all(reading('g:x', 'STARTING', { pid: 101 }));
  pass(2_000);
  tick();
  log(reported('g:x', 'RUNNING', { pid: 101 }));
  t.deepEqual(story(), ['RUNNING EXITED', 'EXITED STARTING', 'STARTING RUNNING']);
  t.is(get('g:x')?.restarts, 1);
});
