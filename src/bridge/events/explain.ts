// An event does not say how a process ended; the main log does, in a line that was written just before the event.
import type { ReportedTransition } from '../../core/observation.ts';
import type { LogEvent } from '../supervisord-api/parse-log-line.ts';
import { parseLogLine } from '../supervisord-api/parse-log-line.ts';

export type Explainer = {
  /** `log`: the end of the main log. What it does not tell stays as it is. */
  explain(transitions: readonly ReportedTransition[], log: string): readonly ReportedTransition[];
};

/** Falls have a cause, and starts a pid, that only the log tells. */
export function isExplained({ to }: ReportedTransition): boolean {
  return to === 'EXITED' || to === 'BACKOFF' || to === 'FATAL' || to === 'STARTING';
}

/** `missed`: starts after it whose line was not there yet when they were told. */
type Told = { readonly text: string; readonly missed: number };

type Line = { readonly text: string; readonly event: LogEvent };

type Place = {
  /** So many like it are waited for, itself included. */
  readonly left: number;
  readonly isStart: boolean;
  /** The log was read before its line was written. */
  readonly isEarly: boolean;
};

/** Remembers which lines have been told already: a process may crash twice within one read of the log. */
export function createExplainer(): Explainer {
  const told = new Map<string, Told>();
  /** The first of its lines that is not told; without a memory of it, so many from the end as are waited for. */
  const take = (key: string, own: readonly Line[], { left, isStart, isEarly }: Place): Line | undefined => {
    const before = told.get(key);
    const known = before ? own.findLastIndex(({ text }) => text === before.text) : -1;
    const missed = before && known >= 0 ? before.missed : 0;
    const first = isEarly ? own.length : Math.max(0, own.length - left);
    const line = own[known >= 0 ? known + 1 + missed : first];
    const last = line ?? own[known >= 0 ? known : own.length - 1];
    if (last) told.set(key, { text: last.text, missed: line || !isStart ? 0 : missed + 1 });
    return line;
  };
  return {
    explain: (transitions, log) => {
      const lines = log.split('\n').flatMap((text): Line[] => {
        const event = parseLogLine(text);
        return event ? [{ text, event }] : [];
      });
      const waiting = new Map<string, number>();
      for (const one of transitions.filter(isExplained)) {
        waiting.set(keyOf(one), (waiting.get(keyOf(one)) ?? 0) + 1);
      }
      return transitions.map((transition) => {
        if (!isExplained(transition)) return transition;
        const key = keyOf(transition);
        const left = waiting.get(key) ?? 1;
        waiting.set(key, left - 1);
        const own = lines.filter(({ event }) => fits(event, transition));
        const isStart = transition.to === 'STARTING';
        const isEarly = isStart && isAheadOfLog(transition, transitions, lines);
        const line = take(key, own, { left, isStart, isEarly });
        return line ? withLine(transition, line.event) : transition;
      });
    },
  };
}

/** supervisord tells of a start by an event before it forks and writes its line: what it wrote last is an end then. */
function isAheadOfLog(
  { name }: ReportedTransition,
  all: readonly ReportedTransition[],
  lines: readonly Line[],
): boolean {
  const told = all.findLast((one) => one.name === name && one.to !== 'RUNNING' && one.to !== 'STOPPING');
  const written = lines.findLast(({ event }) => isOfRun(event) && event.name === name);
  return told?.to === 'STARTING' && written !== undefined && written.event.type !== 'spawned';
}

function isOfRun(event: LogEvent): event is Extract<LogEvent, { type: 'spawned' | 'exited' | 'stopped' }> {
  return event.type === 'spawned' || event.type === 'exited' || event.type === 'stopped';
}

function keyOf({ name, to }: ReportedTransition): string {
  switch (to) {
    case 'FATAL':
      return `gave-up ${name}`;
    case 'STARTING':
      return `spawned ${name}`;
    case 'EXITED':
    case 'BACKOFF':
    case 'STOPPED':
    case 'RUNNING':
    case 'STOPPING':
    case 'UNKNOWN':
      return `exited ${name}`;
  }
}

function fits(event: LogEvent, { name, to }: ReportedTransition): boolean {
  switch (event.type) {
    case 'exited':
      return (to === 'EXITED' || to === 'BACKOFF') && event.name === name;
    case 'spawn-error':
      return to === 'BACKOFF';
    case 'gave-up':
      return to === 'FATAL' && event.name === name;
    case 'spawned':
      return to === 'STARTING' && event.name === name;
    case 'running':
    case 'stopping':
    case 'stopped':
    case 'daemon':
      return false;
  }
}

function withLine(transition: ReportedTransition, event: LogEvent): ReportedTransition {
  if (event.type === 'spawned') return { ...transition, pid: event.pid };
  if (event.type === 'exited') return event.ending === null ? transition : { ...transition, reason: event.ending };
  if (event.type === 'spawn-error') return { ...transition, reason: { kind: 'spawn-error', message: event.message } };
  if (event.type === 'gave-up') return { ...transition, reason: { kind: 'gave-up', message: event.message } };
  return transition;
}
