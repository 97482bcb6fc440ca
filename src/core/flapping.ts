// A process that goes down again and again, and is started each time by supervisord: RUNNING whenever one looks, and of no
// use to anybody. Derived from what happened; pure, and time is handed in.
import { isCrash } from './crashes.ts';
import type { Process, Transition } from './model.ts';

/** So many unexpected ends within so many minutes; left after as many minutes without any. */
export type FlappingRule = { readonly count: number; readonly minutes: number };

export const FLAPPING_RULE: FlappingRule = { count: 5, minutes: 10 };

/** What is remembered of one process, however often it ends. Times are of a monotonic clock. */
export type Ends = {
  /** Oldest first; bounded. */
  readonly slots: readonly Slot[];
  readonly lastAt: number;
  readonly startedAt: number | null;
  readonly flapping: boolean;
};

export type Counting = { readonly at: number; readonly rule: FlappingRule };

type Slot = { readonly from: number; readonly ends: number };

export const NO_ENDS: Ends = { slots: [], lastAt: -Infinity, startedAt: null, flapping: false };

/** Ends are counted in this many parts of the time, so that a loop of a thousand turns takes no more than one of sixty. */
const SLOTS = 60;
/**
 * The least that supervisord lets a program run by default before it believes in it. With `startsecs=0` it believes at
 * once, and what ends within that is a loop, also when its exit code is an expected one.
 */
const SHORT_RUN_MS = 1_000;

/** The memory after this transition, which was recorded `at` that moment. */
export function addTransition(ends: Ends, transition: Transition, { at, rule }: Counting): Ends {
  const { to } = transition;
  // Somebody stopped it: what is stopped flaps no more.
  if (to === 'STOPPED') return NO_ENDS;
  const startedAt = to === 'STARTING' ? at : ends.startedAt;
  if (!isUnexpectedEnd(transition, ends.startedAt === null ? Infinity : at - ends.startedAt)) {
    return { ...ends, startedAt };
  }
  const slots = addEnd(recent(ends.slots, at, rule), at, rule);
  const flapping = ends.flapping || countOf(slots) >= rule.count;
  return { slots, lastAt: at, startedAt: to === 'STARTING' ? at : null, flapping };
}

/** When it is left, if nothing more happens. */
export function quietAt({ lastAt }: Ends, rule: FlappingRule): number {
  return lastAt + windowMs(rule);
}

/** Ends within the time before the last one. */
export function countEnds({ slots }: Ends): number {
  return countOf(slots);
}

function isUnexpectedEnd({ from, to, reason, by }: Transition, ranMs: number): boolean {
  if (by !== null) return false;
  if (reason?.kind === 'restarted') return true;
  // It ended before, and only now is given up.
  if (to === 'FATAL' && from === 'BACKOFF') return false;
  return isCrash({ to, reason }) || (to === 'EXITED' && ranMs < SHORT_RUN_MS);
}

function windowMs({ minutes }: FlappingRule): number {
  return minutes * 60_000;
}

function recent(slots: readonly Slot[], at: number, rule: FlappingRule): readonly Slot[] {
  const since = at - windowMs(rule);
  return slots.filter(({ from }) => from > since);
}

function addEnd(slots: readonly Slot[], at: number, rule: FlappingRule): readonly Slot[] {
  const last = slots.at(-1);
  const isSame = last !== undefined && at - last.from < windowMs(rule) / SLOTS;
  return isSame ? [...slots.slice(0, -1), { from: last.from, ends: last.ends + 1 }] : [...slots, { from: at, ends: 1 }];
}

function countOf(slots: readonly Slot[]): number {
  return slots.reduce((sum, { ends }) => sum + ends, 0);
}

/** One more turn of a loop that is known as such; what is told at length once is not told again for each. */
export function isLoopTurn({ to, by }: Transition, process: Process | undefined): boolean {
  if (!process || process.flapping === null || by !== null) return false;
  return to === 'STARTING' || to === 'RUNNING' || to === 'BACKOFF' || to === 'EXITED';
}
