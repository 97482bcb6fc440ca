// A line of supervisord's main log -> what it tells of a process. The same words from supervisor 3.3 to 4.3:
//   2026-01-31 12:00:00,123 INFO spawned: 'web' with pid 42
// A line names the process without its group; who that is, is settled elsewhere (process-names.ts).

/** How a run ended, as supervisord words it. */
export type ProcessEnding =
  | { readonly kind: 'exit'; readonly status: number; readonly expected: boolean }
  | { readonly kind: 'signal'; readonly signal: string; readonly expected: boolean };

export type LogEvent =
  | { readonly type: 'spawned'; readonly name: string; readonly pid: number }
  | { readonly type: 'running'; readonly name: string }
  | { readonly type: 'exited'; readonly name: string; readonly ending: ProcessEnding | null }
  | { readonly type: 'stopping'; readonly name: string }
  | { readonly type: 'stopped'; readonly name: string }
  | { readonly type: 'gave-up'; readonly name: string; readonly message: string }
  /** A process could not be spawned; the line does not say which. */
  | { readonly type: 'spawn-error'; readonly message: string }
  /** Something happened to supervisord itself: ask everything. */
  | { readonly type: 'daemon' };

/** Level and date are required: at level debug the output of programs is in this log too, without them. */
const PREFIX = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]{4} /;

const PATTERNS: readonly { readonly pattern: RegExp; readonly read: (match: RegExpExecArray) => LogEvent | null }[] = [
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
  {
    pattern:
      /^(?:supervisord started with pid \d|received SIG\w+ indicating (?:exit|restart) request|waiting for .+ to die$)/s,
    read: () => ({ type: 'daemon' }),
  },
];

/** Null for lines that tell nothing about a process. `line` is without its newline. */
export function parseLogLine(line: string): LogEvent | null {
  const prefix = PREFIX.exec(line);
  if (!prefix) return null;
  const message = line.slice(prefix[0].length);
  for (const { pattern, read } of PATTERNS) {
    const match = pattern.exec(message);
    if (match) return read(match);
  }
  return null;
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
