import test from 'ava';
import type { HistoryEvent } from '../../../src/core/history/history.ts';
import { createKnownEvents, mergeHistory, toProcessEvent } from '../../../src/core/history/merge.ts';
import { toEvents } from '../../../src/core/history/to-events.ts';
import { parseLogRecord } from '../../../src/bridge/supervisord-api/parse-log-line.ts';
import type { ProcessReading } from '../../../src/core/model.ts';
import { reading } from '../../helpers/core/readings.ts';

const DAY = Date.UTC(2026, 5, 1);

/** Lines as supervisord writes them, a second after one another, in UTC; `now` is what runs there. */
function tell(text: string, now: readonly ProcessReading[]): readonly HistoryEvent[] {
  const records = text
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .flatMap((line, second) => {
      const time = new Date(DAY + second * 1_000).toISOString().replace('T', ' ').replace('.', ',').slice(0, 23);
      return parseLogRecord(`${time} ${line}`) ?? [];
    });
  return toEvents(records, { supervisor: 's', readings: now, hostNow: null, clockOffsetMs: 0 }).events;
}

const brief = (events: readonly HistoryEvent[]) =>
  events.map((event) =>
    event.kind === 'process'
      ? `${event.group ?? '?'}:${event.name} ${event.from ?? '-'} ${event.to}${event.reason ? ` ${event.reason.kind}` : ''}`
      : `${event.incident}: ${event.message}`,
  );

test('each line is told with the state before it, and a start that failed is no run that ended', (t) => {
  const events = tell(
    `CRIT Supervisor is running as root.
     INFO supervisord started with pid 1
     INFO spawned: 'web' with pid 10
     INFO success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
     WARN exited: web (terminated by SIGKILL; not expected)
     INFO spawned: 'web' with pid 11
     WARN exited: web (exit status 1; not expected)
     INFO spawned: 'web' with pid 12
     WARN exited: web (exit status 1; not expected)
     INFO gave up: web entered FATAL state, too many start retries too quickly
     WARN received SIGUSR2 indicating log reopen request
     INFO waiting for web to stop
     WARN killing 'web' (12) with SIGKILL
     INFO stopped: web (terminated by SIGKILL)
     WARN received SIGTERM indicating exit request
     INFO waiting for web to die
     INFO waiting for web to die`,
    [reading('g:web', 'STOPPED')],
  );
  t.deepEqual(brief(events), [
    'started: supervisord started with pid 1',
    'g:web STOPPED STARTING',
    'g:web STARTING RUNNING',
    'g:web RUNNING EXITED signal',
    'g:web EXITED STARTING',
    'g:web STARTING BACKOFF exit',
    'g:web BACKOFF STARTING',
    'g:web STARTING BACKOFF exit',
    'g:web BACKOFF FATAL gave-up',
    'log-reopened: received SIGUSR2 indicating log reopen request',
    'g:web FATAL STOPPING',
    'g:web STOPPING STOPPED',
    'stopping: received SIGTERM indicating exit request',
  ]);
});

test('the group of what is gone is not known, nor of a name that two groups have, unless the pid tells', (t) => {
  const events = tell(
    `INFO spawned: 'gone' with pid 5
     INFO spawned: 'w' with pid 6
     INFO spawned: 'w' with pid 7`,
    [reading('a:w', 'RUNNING', { pid: 9 }), reading('b:w', 'RUNNING', { pid: 7 })],
  );
  t.deepEqual(brief(events), ['?:gone - STARTING', '?:w - STARTING', 'b:w STARTING STARTING']);
});

test('a spawn error is of whoever bears the same words now, or whom it names; else of the supervisor', (t) => {
  const message = "can't find command '/nowhere'";
  const lines = `INFO spawnerr: ${message}
     INFO spawnerr: unknown error making dispatchers for 'logs': EACCES
     INFO spawnerr: can't find command '/else'`;
  const now = [reading('g:bad', 'FATAL', { spawnError: message }), reading('g:logs', 'STOPPED')];
  t.deepEqual(brief(tell(lines, now)), [
    'g:bad - BACKOFF spawn-error',
    'g:logs - BACKOFF spawn-error',
    "spawn-error: can't find command '/else'",
  ]);
  const two = [...now, reading('h:bad2', 'FATAL', { spawnError: message })];
  t.is(brief(tell(lines, two))[0], `spawn-error: ${message}`);
});

test('what a log and a watcher tell of one moment is one event, with the time of the log and the words of the watcher', (t) => {
  const logged = tell(
    `INFO spawned: 'web' with pid 10
     WARN exited: web (exit status 1; not expected)
     WARN exited: web (exit status 1; not expected)`,
    [reading('g:web', 'EXITED', { startedAt: DAY / 1_000, pid: null })],
  );
  const at = logged[1]?.at ?? 0;
  const merged = mergeHistory(logged, [seen(at + 300, 1), seen(at + 60_000_000, 2)].flat());
  t.is(merged.length, 4);
  t.like(merged[1], { at, by: 'ann', reason: { kind: 'exit' }, lastWords: { lines: ['boom'] } });
  t.like(merged[3], { at: at + 60_000_000, by: 'ann' });
});

function seen(at: number, id: number) {
  const what = { from: 'STARTING', to: 'EXITED', reason: null, by: 'ann', source: 'log', pid: null } as const;
  return toProcessEvent({ id, at, uid: 's:g:web', ...what, lastWords: { stream: 'stderr', lines: ['boom'] } }) ?? [];
}

test('a second crash soon after one that was told is no repetition of it', (t) => {
  const lines = "INFO spawned: 'web' with pid 10\nWARN exited: web (exit status 1; not expected)";
  const logged = tell(lines, [reading('g:web', 'EXITED', { startedAt: DAY / 1_000, stoppedAt: DAY / 1_000 + 1 })]);
  const at = logged[1]?.at ?? 0;
  t.like(logged[1], { approximate: false });
  const [again] = [seen(at + 2_500, 1)].flat();
  if (!again) throw new Error('it has a uid');
  t.is(createKnownEvents(logged, 1_500).take(again), null);
  t.like(createKnownEvents(logged, 1_500).take({ ...again, at: at + 900 }), { at, to: 'BACKOFF' });
});
