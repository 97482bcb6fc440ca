import test from 'ava';
import { createLogTrust, speaksOfChanges } from '../../../../src/bridge/supervisord/main-log/silence-detector.ts';
import { reading } from '../../../helpers/core/readings.ts';

const running = (...pids: number[]) => pids.map((pid) => reading(`g:p${pid}`, 'RUNNING', { pid }));

test('a log that tells of every spawn is trusted', (t) => {
  const trust = createLogTrust();
  trust.read(running(1), 0, true);
  trust.spawned(2);
  trust.read(running(2), 100, true);
  t.like(trust.judge(10_000), { trusted: true, recheckAt: null });
});

test('a pid of which no line speaks in time gives a silent log away', (t) => {
  const trust = createLogTrust();
  trust.read(running(1), 0, true);
  trust.read(running(2), 100, false);
  t.like(trust.judge(200), { trusted: true, recheckAt: 2_600 });
  t.false(trust.judge(2_600).trusted);
});

test('a line that comes late restores the trust', (t) => {
  const trust = createLogTrust();
  trust.read(running(1), 0, true);
  trust.read(running(2), 100, false);
  t.false(trust.judge(2_600).trusted);
  trust.spawned(2);
  t.true(trust.judge(2_700).trusted);
});

test('a slow answer that is older than the line does not make the pid an untold one', (t) => {
  const trust = createLogTrust();
  trust.read(running(1, 2), 0, true);
  for (const pid of [11, 12]) trust.spawned(pid);
  trust.read([], 50, true);
  trust.read(running(11, 12), 100, true);
  t.like(trust.judge(10_000), { trusted: true, recheckAt: null });
});

test('the end of a log shows whether it tells of state changes', (t) => {
  const crit = '2026-01-31 12:00:00,123 CRIT Supervisor is running as root.\n';
  t.true(speaksOfChanges(Buffer.from(`${crit}2026-01-31 12:00:00,123 INFO supervisord started with pid 1\n`)));
  t.false(speaksOfChanges(Buffer.from(crit.repeat(3))));
  t.false(speaksOfChanges(Buffer.from(`${crit}a program wrote INFO into it\n`)));
});
