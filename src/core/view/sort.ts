// Orders of the process list. `order` is the one of the configuration and of supervisord: the calmest one.
import type { Process } from '../model.ts';
import type { ProcessState } from '../process-state.ts';

export const SORT_KEYS = ['order', 'state', 'name', 'supervisor', 'uptime', 'restarts', 'score'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export function isSortKey(text: string): text is SortKey {
  return SORT_KEYS.some((key) => key === text);
}

/** What needs attention first. */
const URGENCY: Readonly<Record<ProcessState, number>> = {
  FATAL: 0,
  BACKOFF: 1,
  UNKNOWN: 2,
  EXITED: 3,
  STOPPING: 4,
  STARTING: 5,
  STOPPED: 6,
  RUNNING: 7,
};

const DIGITS = /\d+|\D+/gu;

/** web2 before web10. Many times faster than Intl.Collator on the short ASCII names that processes have. */
export function compareNatural(a: string, b: string): number {
  if (a === b) return 0;
  const left = a.match(DIGITS) ?? [];
  const right = b.match(DIGITS) ?? [];
  for (const [i, part] of left.entries()) {
    const other = right[i];
    if (other === undefined) return 1;
    if (part === other) continue;
    const difference = Number(part) - Number(other);
    if (Number.isFinite(difference) && difference !== 0) return difference;
    return part < other ? -1 : 1;
  }
  return left.length - right.length;
}

export type Sortable = { readonly process: Process; readonly score?: number };

/** Null: leave them as they are. Ties keep their order. */
export function toComparator(key: SortKey): ((a: Sortable, b: Sortable) => number) | null {
  switch (key) {
    case 'order':
      return null;
    case 'state':
      return (a, b) => URGENCY[a.process.state] - URGENCY[b.process.state];
    case 'name':
      return (a, b) => compareNatural(a.process.name, b.process.name);
    case 'supervisor':
      return (a, b) => compareNatural(a.process.supervisor, b.process.supervisor);
    case 'uptime':
      // The youngest first: what has just started is what one looks for. What does not run comes last.
      return (a, b) => startOf(b.process) - startOf(a.process);
    case 'restarts':
      return (a, b) => b.process.restarts - a.process.restarts;
    case 'score':
      return (a, b) => (b.score ?? 0) - (a.score ?? 0);
  }
}

function startOf({ pid, startedAt }: Process): number {
  return pid === null ? 0 : (startedAt ?? 0);
}
