// A line of supervisord's main log -> what it tells of a process. The same words from supervisor 3.3 to 4.3:
//   2026-01-31 12:00:00,123 INFO spawned: 'web' with pid 42
// A line names the process without its group; who that is, is settled elsewhere (process-names.ts).
import type { DaemonIncident, LogRecord, ProcessEnding, ProcessLogEvent } from '../../core/history/log-event.ts';

export type LogEvent =
  | ProcessLogEvent
  /** Something happened to supervisord itself: ask everything. */
  | { readonly type: 'daemon' };

/** Level and date are required: at level debug the output of programs is in this log too, without them. */
const PREFIX = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d),(\d{3}) [A-Z]{4} /;

type Pattern = { readonly pattern: RegExp; readonly read: (match: RegExpExecArray) => ProcessLogEvent | null };

const PATTERNS: readonly Pattern[] = [
  {
    pattern: /^spawned: '(.+)' with pid (\d+)$/s,
    read: ([, name = '', pid]) => ({ type: 'spawned', name, pid: Number(pid) }),
  },
  {
    pattern: /^success: (.+) entered RUNNING state, /s,
    read: ([, name = '']) => ({ type: 'running', name }),
  },
  {
    pattern: /^exited: (.+) \(([^()]*(?:\(core dumped\))?); (not )?expected\)$/s,
    read: ([, name = '', how = '', not]) => ({ type: 'exited', name, ending: toEnding(how, not === undefined) }),
  },
  {
    pattern: /^gave up: (.+) entered FATAL state, (.+)$/s,
    read: ([, name = '', message = '']) => ({ type: 'gave-up', name, message }),
  },
  {
    pattern: /^stopped: (.+) \([^()]*(?:\(core dumped\))?\)$/s,
    read: ([, name = '']) => ({ type: 'stopped', name }),
  },
  {
    pattern: /^waiting for (.+) to stop$/s,
    read: ([, name = '']) => ({ type: 'stopping', name }),
  },
  {
    pattern: /^killing '(.+)' \(\d+\) with SIGKILL$/s,
    read: ([, name = '']) => ({ type: 'stopping', name }),
  },
  {
    pattern: /^spawnerr: (.*)$/s,
    read: ([, message = '']) => ({ type: 'spawn-error', message }),
  },
];

const INCIDENTS: readonly { readonly pattern: RegExp; readonly incident: DaemonIncident }[] = [
  { pattern: /^supervisord started with pid \d/, incident: 'started' },
  { pattern: /^received SIG\w+ indicating exit request/, incident: 'stopping' },
  { pattern: /^received SIG\w+ indicating restart request/, incident: 'restarting' },
  // All that it says of an end that it was called for.
  { pattern: /^waiting for .+ to die$/s, incident: 'stopping' },
  { pattern: /^received SIG\w+ indicating log reopen request/, incident: 'log-reopened' },
];

/** Null for lines that tell nothing about a process. `line` is without its newline. */
export function parseLogLine(line: string): LogEvent | null {
  const prefix = PREFIX.exec(line);
  if (!prefix) return null;
  const message = line.slice(prefix[0].length);
  const event = parseProcessEvent(message);
  if (event) return event;
  const incident = incidentOf(message);
  return incident === null || incident === 'log-reopened' ? null : { type: 'daemon' };
}

/** With its time; null for lines that tell nothing of what happened. */
export function parseLogRecord(line: string): LogRecord | null {
  const prefix = PREFIX.exec(line);
  if (!prefix) return null;
  const message = line.slice(prefix[0].length);
  const event = parseProcessEvent(message);
  if (event) return { local: localOf(prefix), event };
  const incident = incidentOf(message);
  return incident === null ? null : { local: localOf(prefix), event: { type: 'daemon', incident, message } };
}

/** Null for a line that does not begin with a time. */
export function localTimeOf(line: string): number | null {
  const prefix = PREFIX.exec(line);
  return prefix && localOf(prefix);
}

function localOf(prefix: RegExpExecArray): number {
  const [, year, month, day, hour, minute, second, ms] = prefix;
  return Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(ms),
  );
}

function parseProcessEvent(message: string): ProcessLogEvent | null {
  for (const { pattern, read } of PATTERNS) {
    const match = pattern.exec(message);
    if (match) return read(match);
  }
  return null;
}

function incidentOf(message: string): DaemonIncident | null {
  return INCIDENTS.find(({ pattern }) => pattern.test(message))?.incident ?? null;
}

/** At level debug: what follows is the output of a program, for as many lines as it wrote. */
export function isOutputHeader(line: string): boolean {
  const prefix = PREFIX.exec(line);
  return prefix !== null && /^'.+' (?:stdout|stderr) output:$/u.test(line.slice(prefix[0].length));
}

function toEnding(how: string, expected: boolean): ProcessEnding | null {
  const status = /^exit status (-?\d+)$/.exec(how)?.[1];
  if (status !== undefined) return { kind: 'exit', status: Number(status), expected };
  const signal = /^terminated by (.+?)(?: \(core dumped\))?$/.exec(how)?.[1];
  return signal === undefined ? null : { kind: 'signal', signal, expected };
}
