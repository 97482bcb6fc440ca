import test from 'ava';
import type { Process, Reason, Supervisor } from '../../../src/core/model.ts';
import {
  formatAge,
  formatReason,
  formatUptime,
  staleText,
  stateGlyph,
  uptimeSeconds,
  whyText,
} from '../../../src/core/view/text.ts';
import { PROCESS_STATES } from '../../../src/core/process-state.ts';

const NOW = 1_700_000_000_000;

const PROCESS: Process = {
  uid: 's:g:n',
  supervisor: 's',
  group: 'g',
  name: 'n',
  state: 'RUNNING',
  pid: 1,
  startedAt: NOW / 1000 - 12,
  stoppedAt: null,
  exitStatus: null,
  spawnError: '',
  description: '',
  stdoutLog: '',
  stderrLog: '',
  pending: null,
  restarts: 0,
  flapping: null,
  fall: null,
};

const SUPERVISOR: Supervisor = {
  name: 's',
  url: 'http://s:9001',
  host: 's',
  tags: [],
  readOnly: false,
  protected: false,
  link: 'up',
  error: null,
  staleSince: null,
  state: 'RUNNING',
  identification: 'supervisor',
  version: '4.2.5',
  apiVersion: '3.0',
  pid: 1,
  source: 'log',
  sourceNote: '',
  agent: null,
  latencyMs: 3,
  pollMs: 1000,
  clockOffsetMs: 0,
  processes: new Map(),
};

test('an uptime shows seconds below a day and days from then on', (t) => {
  const rows: readonly (readonly [number, string])[] = [
    [0, '00:00:00'],
    [12, '00:00:12'],
    [-5, '00:00:00'],
    [3661.9, '01:01:01'],
    [86_399, '23:59:59'],
    [86_400, '1d 00:00'],
    [3 * 86_400 + 4 * 3600 + 12 * 60 + 59, '3d 04:12'],
    [400 * 86_400, '400d 00:00'],
    [1102 * 86_400 + 36_000, '1102d 10h'],
  ];
  for (const [seconds, text] of rows) t.is(formatUptime(seconds), text);
});

test('an age has one unit', (t) => {
  const rows: readonly (readonly [number, string])[] = [
    [-1, '0 s'],
    [14_900, '14 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min'],
    [7_200_000, '2 h'],
    [86_400_000 * 5, '5 d'],
  ];
  for (const [ms, text] of rows) t.is(formatAge(ms), text);
});

test('a reason names what happened and what is out of the ordinary', (t) => {
  const rows: readonly (readonly [Reason, string])[] = [
    [{ kind: 'exit', status: 1, expected: false }, 'exit 1'],
    [{ kind: 'exit', status: 0, expected: true }, 'exit 0'],
    [{ kind: 'exit', status: 0, expected: false }, 'exit 0 (not expected)'],
    [{ kind: 'exit', status: 2, expected: true }, 'exit 2 (expected)'],
    [{ kind: 'signal', signal: 'SIGKILL', expected: false }, 'killed by SIGKILL'],
    [{ kind: 'signal', signal: '', expected: false }, 'killed by a signal'],
    [{ kind: 'spawn-error', message: "can't find command 'wagoo'" }, "spawn error: can't find command 'wagoo'"],
    [{ kind: 'spawn-error', message: '' }, 'spawn error'],
    [{ kind: 'gave-up', message: 'too many start retries' }, 'too many start retries'],
    [{ kind: 'restarted' }, 'restarted'],
  ];
  for (const [reason, text] of rows) t.is(formatReason(reason), text);
});

test('uptime follows the clock of the host and stands still while rows are only last known', (t) => {
  t.is(uptimeSeconds(PROCESS, SUPERVISOR, NOW), 12);
  t.is(uptimeSeconds(PROCESS, { ...SUPERVISOR, clockOffsetMs: 5000 }, NOW), 17);
  t.is(uptimeSeconds(PROCESS, { ...SUPERVISOR, clockOffsetMs: -60_000 }, NOW), 0);
  t.is(uptimeSeconds(PROCESS, { ...SUPERVISOR, staleSince: NOW - 2000 }, NOW), 10);
  t.is(uptimeSeconds({ ...PROCESS, state: 'EXITED' }, SUPERVISOR, NOW), null);
  t.is(uptimeSeconds({ ...PROCESS, startedAt: null }, SUPERVISOR, NOW), null);
});

test('WHY tells the cause of what the row shows', (t) => {
  const killed = {
    at: NOW - 12_000,
    reason: { kind: 'signal', signal: 'SIGKILL', expected: false },
    lastLine: '',
  } as const;
  const exited = {
    at: NOW,
    reason: { kind: 'exit', status: 1, expected: false },
    lastLine: 'cannot open /dev/ttyS4',
  } as const;
  const refused = { code: 'refused', message: 'connection refused' } as const;
  const rows: readonly (readonly [Partial<Process>, Partial<Supervisor>, string])[] = [
    [{}, {}, ''],
    [{ fall: killed }, {}, 'was killed by SIGKILL 12 s ago'],
    [{ fall: { ...killed, at: NOW - 3_600_001 } }, {}, ''],
    [{ fall: { ...exited, at: NOW - 3_000 } }, {}, 'exit 1, 3 s ago'],
    [{ state: 'STARTING', fall: { ...exited, at: NOW - 3_000 } }, {}, 'exit 1, 3 s ago'],
    [{ state: 'FATAL', fall: exited }, {}, 'exit 1: cannot open /dev/ttyS4'],
    [{ state: 'FATAL', spawnError: 'no such file' }, {}, 'spawn error: no such file'],
    [{ state: 'EXITED', exitStatus: 0 }, {}, 'exit 0'],
    [{ state: 'STOPPED', startedAt: null }, {}, 'never started'],
    [{ state: 'STOPPED', stoppedAt: NOW / 1000 - 120 }, {}, 'stopped 2 min ago'],
    [{ state: 'STOPPED', stoppedAt: NOW / 1000 - 120 }, { clockOffsetMs: 60_000 }, 'stopped 3 min ago'],
    [{ pending: 'restart', fall: killed }, {}, 'restarting …'],
    [{}, { staleSince: NOW - 14_000, error: refused }, 'last known, stale 14 s: connection refused'],
  ];
  for (const [process, supervisor, text] of rows) {
    t.is(whyText({ ...PROCESS, ...process }, { ...SUPERVISOR, ...supervisor }, NOW), text);
  }
});

test('a supervisor that is not up says since when, or that it was never reached', (t) => {
  const error = { code: 'refused', message: 'connection refused' } as const;
  t.is(staleText(SUPERVISOR, NOW), '');
  t.is(staleText({ ...SUPERVISOR, link: 'connecting' }, NOW), 'connecting');
  t.is(staleText({ ...SUPERVISOR, link: 'down', error }, NOW), 'not reached: connection refused');
  t.is(
    staleText({ ...SUPERVISOR, link: 'down', error, staleSince: NOW - 61_000 }, NOW),
    'stale 1 min: connection refused',
  );
});

test('glyphs of different urgency differ and the ascii ones are plain', (t) => {
  for (const state of PROCESS_STATES) t.regex(stateGlyph(state, 'ascii'), /^[ -~]$/);
  const urgent = new Set(
    (['RUNNING', 'STARTING', 'BACKOFF', 'FATAL', 'STOPPED', 'UNKNOWN'] as const).map((state) =>
      stateGlyph(state, 'unicode'),
    ),
  );
  t.is(urgent.size, 6);
});
