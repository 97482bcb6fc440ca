import test from 'ava';
import { createEventSerials } from '../../../src/bridge/events/event-serials.ts';
import { createEventTrust } from '../../../src/bridge/events/event-trust.ts';
import { createExplainer } from '../../../src/bridge/events/explain.ts';
import { concernsEverything, parsePayload, toTransition } from '../../../src/bridge/events/supervisor-event.ts';
import { reading, reported } from '../../helpers/core/readings.ts';

test('a payload is read by its own words, so that names may hold spaces', (t) => {
  t.deepEqual(parsePayload('processname:my web groupname:a b from_state:RUNNING expected:0 pid:42'), {
    processname: 'my web',
    groupname: 'a b',
    from_state: 'RUNNING',
    expected: '0',
    pid: '42',
  });
  t.deepEqual(parsePayload('nothing at all'), {});
});

function event(name: string, text: string, exitStatus: number | null = null) {
  return toTransition({ name, payload: parsePayload(text), poolSerial: 1, exitStatus });
}

function about(name: string): boolean {
  return concernsEverything({ name, payload: {}, poolSerial: 1, exitStatus: null });
}

test('events of processes are transitions, others are none', (t) => {
  const base = 'processname:web groupname:all from_state:';
  const web = { group: 'all', name: 'web' };
  const rows = [
    [
      event('PROCESS_STATE_STARTING', `${base}STOPPED tries:0`),
      { ...web, to: 'STARTING', from: 'STOPPED', reason: null, pid: null },
    ],
    [
      event('PROCESS_STATE_RUNNING', `${base}STARTING pid:7`),
      { ...web, to: 'RUNNING', from: 'STARTING', reason: null, pid: 7 },
    ],
    [
      event('PROCESS_STATE_EXITED', `${base}RUNNING expected:1 pid:7`, 0),
      { ...web, to: 'EXITED', from: 'RUNNING', reason: { kind: 'exit', status: 0, expected: true }, pid: 7 },
    ],
    [
      event('PROCESS_STATE_EXITED', `${base}RUNNING expected:0 pid:7`, -1),
      { ...web, to: 'EXITED', from: 'RUNNING', reason: { kind: 'signal', signal: '', expected: false }, pid: 7 },
    ],
    [
      event('PROCESS_STATE_EXITED', `${base}RUNNING expected:0 pid:7`),
      { ...web, to: 'EXITED', from: 'RUNNING', reason: null, pid: 7 },
    ],
    [
      event('PROCESS_STATE_FATAL', `${base}BACKOFF`),
      { ...web, to: 'FATAL', from: 'BACKOFF', reason: { kind: 'gave-up', message: '' }, pid: null },
    ],
    [event('PROCESS_GROUP_ADDED', 'groupname:all'), null],
    [event('PROCESS_STATE_NONSENSE', `${base}BACKOFF`), null],
    [event('PROCESS_STATE_RUNNING', 'pid:7'), null],
  ] as const;
  for (const [transition, expected] of rows) t.deepEqual(transition, expected);
  t.deepEqual(['PROCESS_GROUP_REMOVED', 'SUPERVISOR_STATE_CHANGE_STOPPING', 'TICK_5'].map(about), [true, true, false]);
});

test('serials prove what is missing, and start over with another supervisord', (t) => {
  const serials = createEventSerials();
  t.deepEqual(
    [5, 6, null, 7, 10, 10, 3, 4].map((serial) => serials.missing(serial)),
    [0, 0, 0, 0, 2, 0, 0, 0],
  );
  serials.moveTo(9);
  t.is(serials.missing(12), 2);
});

const LOG = [
  "2026-01-31 12:00:00,001 INFO spawned: 'web' with pid 41",
  '2026-01-31 12:00:01,000 WARN exited: web (exit status 3; not expected)',
  "2026-01-31 12:00:01,001 INFO spawned: 'web' with pid 42",
  '2026-01-31 12:00:02,000 WARN exited: web (terminated by SIGKILL; not expected)',
  '2026-01-31 12:00:02,100 INFO gave up: api entered FATAL state, too many start retries too quickly',
  'a line of a program: exited: web (exit status 9; not expected)',
];

test('the log tells how a process ended and under which pid it started, each line once', (t) => {
  const explainer = createExplainer();
  const exited = reported('web:web', 'EXITED');
  const [first] = explainer.explain([exited], LOG.slice(0, 2).join('\n'));
  t.deepEqual(first?.reason, { kind: 'exit', status: 3, expected: false });
  const rest = explainer.explain(
    [reported('web:web', 'STARTING'), exited, reported('api:api', 'FATAL'), reported('web:web', 'RUNNING')],
    LOG.join('\n'),
  );
  t.deepEqual(
    rest.map(({ reason, pid }) => [reason, pid]),
    [
      [null, 42],
      [{ kind: 'signal', signal: 'SIGKILL', expected: false }, null],
      [{ kind: 'gave-up', message: 'too many start retries too quickly' }, null],
      [null, null],
    ],
  );
});

test('two deaths within one read of the log are told apart, and what the log does not tell stays', (t) => {
  const exited = reported('web:web', 'EXITED');
  const both = createExplainer().explain([exited, exited], LOG.join('\n'));
  t.deepEqual(
    both.map(({ reason }) => reason?.kind),
    ['exit', 'signal'],
  );
  const known = reported('web:web', 'EXITED', { reason: { kind: 'exit', status: 5, expected: false } });
  t.deepEqual(createExplainer().explain([known], ''), [known]);
});

test('a changed pid of which no event tells makes the events deaf; one that is heard in time does not', (t) => {
  const trust = createEventTrust();
  trust.read([reading('a:a', 'RUNNING', { pid: 1 }), reading('b:b', 'RUNNING', { pid: 2 })], 0, true);
  trust.read([reading('a:a', 'RUNNING', { pid: 3 })], 1_000, false);
  t.false(trust.isDeaf(2_000));
  trust.heard('a', 'a', 3_000);
  t.false(trust.isDeaf(60_000));
  trust.read([reading('b:b', 'STOPPED')], 60_000, false);
  t.false(trust.isDeaf(61_000));
  t.true(trust.isDeaf(66_000));
  t.false(trust.isDeaf(67_000), 'it is said once');
  trust.read([reading('b:b', 'RUNNING', { pid: 9 })], 70_000, false);
  trust.forgive();
  t.false(trust.isDeaf(90_000), 'what is known to be missing is not held against them');
});
