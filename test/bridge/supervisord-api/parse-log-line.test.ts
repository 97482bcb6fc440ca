import test from 'ava';
import type { LogEvent } from '../../../src/bridge/supervisord-api/parse-log-line.ts';
import { parseLogLine } from '../../../src/bridge/supervisord-api/parse-log-line.ts';
import { createLineSplitter } from '../../../src/bridge/link/line-splitter.ts';

const rows: readonly [line: string, event: LogEvent | null][] = [
  ["INFO spawned: 'web' with pid 42", { type: 'spawned', name: 'web', pid: 42 }],
  ["INFO spawned: 'it's' with pid 7", { type: 'spawned', name: "it's", pid: 7 }],
  ["INFO spawned: 'wörker_00 漢' with pid 1", { type: 'spawned', name: 'wörker_00 漢', pid: 1 }],
  [
    'INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)',
    { type: 'running', name: 'web' },
  ],
  [
    'WARN exited: web (exit status 1; not expected)',
    { type: 'exited', name: 'web', ending: { kind: 'exit', status: 1, expected: false } },
  ],
  [
    'INFO exited: web (exit status 1; not expected)',
    { type: 'exited', name: 'web', ending: { kind: 'exit', status: 1, expected: false } },
  ],
  [
    'INFO exited: web (exit status 0; expected)',
    { type: 'exited', name: 'web', ending: { kind: 'exit', status: 0, expected: true } },
  ],
  [
    'WARN exited: web (terminated by SIGKILL; not expected)',
    { type: 'exited', name: 'web', ending: { kind: 'signal', signal: 'SIGKILL', expected: false } },
  ],
  [
    'WARN exited: web (terminated by SIGSEGV (core dumped); not expected)',
    { type: 'exited', name: 'web', ending: { kind: 'signal', signal: 'SIGSEGV', expected: false } },
  ],
  [
    'WARN exited: web (terminated by signal 34; not expected)',
    { type: 'exited', name: 'web', ending: { kind: 'signal', signal: 'signal 34', expected: false } },
  ],
  [
    'WARN exited: my (old) web (exit status 3; not expected)',
    { type: 'exited', name: 'my (old) web', ending: { kind: 'exit', status: 3, expected: false } },
  ],
  ['WARN exited: web (unknown termination cause 0x137f; not expected)', { type: 'exited', name: 'web', ending: null }],
  [
    'INFO gave up: web entered FATAL state, too many start retries too quickly',
    { type: 'gave-up', name: 'web', message: 'too many start retries too quickly' },
  ],
  ['INFO waiting for web to stop', { type: 'stopping', name: 'web' }],
  ["WARN killing 'web' (42) with SIGKILL", { type: 'stopping', name: 'web' }],
  ['INFO stopped: web (exit status 0)', { type: 'stopped', name: 'web' }],
  ['WARN stopped: web (terminated by SIGKILL)', { type: 'stopped', name: 'web' }],
  ['INFO stopped: my (old) web (terminated by SIGABRT (core dumped))', { type: 'stopped', name: 'my (old) web' }],
  [
    "INFO spawnerr: can't find command '/nonexistent/x'",
    { type: 'spawn-error', message: "can't find command '/nonexistent/x'" },
  ],
  ['INFO supervisord started with pid 9435', { type: 'daemon' }],
  ['WARN received SIGTERM indicating exit request', { type: 'daemon' }],
  ['WARN received SIGHUP indicating restart request', { type: 'daemon' }],
  ['INFO waiting for web, worker to die', { type: 'daemon' }],
  ['INFO reaped unknown pid 42 (exit status 0)', null],
  ["CRIT Server 'unix_http_server' running without any HTTP authentication checking", null],
  ["INFO RPC interface 'supervisor' initialized", null],
  ['INFO exited: web', null],
  ['INFO spawned:', null],
];

for (const [line, event] of rows) {
  test(`"${line}" tells ${event ? event.type : 'nothing'}`, (t) => {
    t.deepEqual(parseLogLine(`2026-01-31 12:00:00,123 ${line}`), event);
  });
}

test('what a program wrote, as the log holds it at level debug, tells nothing', (t) => {
  for (const line of ['exited: web (exit status 1; not expected)', "spawned: 'web' with pid 42", '', ' ', 'INFO x']) {
    t.is(parseLogLine(line), null);
  }
});

test('lines come whole, wherever the stream cut them', (t) => {
  const bytes = Buffer.from('erste Zeile é漢😀\nzweite\n\nunfertig');
  for (let size = 1; size <= 9; size += 1) {
    const splitter = createLineSplitter();
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
    t.deepEqual(lines, ['erste Zeile é漢😀', 'zweite', '']);
    t.deepEqual(splitter.push(Buffer.from('!\n')), ['unfertig!']);
  }
});

test('a line without end does not grow for ever', (t) => {
  const splitter = createLineSplitter();
  for (let times = 0; times < 40; times += 1) t.deepEqual(splitter.push(Buffer.alloc(4096, 'x')), []);
  const [rest] = splitter.push(Buffer.from('\n'));
  t.true((rest ?? '').length < 100_000);
});
