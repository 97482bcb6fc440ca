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

type Line = { readonly text: string; readonly event: LogEvent };

/** Remembers which lines have been told already: a process may crash twice within one read of the log. */
export function createExplainer(): Explainer {
  const told = new Map<string, string>();
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
        const line = pick(
          lines.filter(({ event }) => fits(event, transition)),
          told.get(key),
          left,
        );
        if (!line) return transition;
        told.set(key, line.text);
        return withLine(transition, line.event);
      });
    },
  };
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

/** The first that is not told; without a memory of it, so many from the end as are waited for. */
function pick(lines: readonly Line[], last: string | undefined, waiting: number): Line | undefined {
  const known = last === undefined ? -1 : lines.findLastIndex(({ text }) => text === last);
  return known >= 0 ? lines[known + 1] : lines[Math.max(0, lines.length - waiting)];
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
