// How it went: of each process over a window of time, out of what happened in it. Time of which nothing is known is its
// own part, and counts neither as up nor as down.
import { isCrash, isUnexpected } from '../crashes.ts';
import type { Process, Reason, Supervisor } from '../model.ts';
import type { ProcessState } from '../process-state.ts';
import type { Extent, HistoryEvent, ProcessEvent } from './history.ts';
import { isWithin } from './history.ts';
import { uidOf } from './select-past.ts';

/** Milliseconds since the epoch. */
export type Window = { readonly since: number; readonly until: number };

export type Figures = {
  /** Milliseconds: RUNNING; not, though nobody wanted that; not, as somebody wanted or its configuration expects; not known. */
  readonly upMs: number;
  readonly downMs: number;
  readonly stoppedMs: number;
  readonly unknownMs: number;
  /** Times that it went down by itself, or failed to start. */
  readonly crashes: number;
  /** Times that supervisord started it again after it had gone down by itself. */
  readonly restarts: number;
  /** The longest time that it was down at a stretch. */
  readonly longestOutageMs: number;
};

export type LastCrash = { readonly at: number; readonly approximate: boolean; readonly reason: Reason | null };

export type ProcessReport = Figures & {
  readonly uid: string;
  readonly supervisor: string;
  /** Null: not known. */
  readonly group: string | null;
  readonly name: string;
  readonly lastCrash: LastCrash | null;
};

export type ReportParts = {
  readonly supervisors: readonly Supervisor[];
  readonly processes: readonly Process[];
  /** Oldest first; those before the window tell how things stood when it began. */
  readonly events: readonly HistoryEvent[];
  /** The same, and those of processes that are not meant. */
  readonly everything: readonly HistoryEvent[];
  readonly extents: readonly Extent[];
};

/** Of the time in which it was to run; null when there was none. */
export function availabilityOf({ upMs, downMs }: Figures): number | null {
  return upMs + downMs === 0 ? null : upMs / (upMs + downMs);
}

/** Mean time between failures, milliseconds; null when there was none. */
export function meanTimeBetweenFailures({ upMs, crashes }: Figures): number | null {
  return crashes === 0 ? null : upMs / crashes;
}

const NOTHING: Figures = {
  upMs: 0,
  downMs: 0,
  stoppedMs: 0,
  unknownMs: 0,
  crashes: 0,
  restarts: 0,
  longestOutageMs: 0,
};

export function sumFigures(all: readonly Figures[]): Figures {
  return all.reduce(
    (sum, figures) => ({
      upMs: sum.upMs + figures.upMs,
      downMs: sum.downMs + figures.downMs,
      stoppedMs: sum.stoppedMs + figures.stoppedMs,
      unknownMs: sum.unknownMs + figures.unknownMs,
      crashes: sum.crashes + figures.crashes,
      restarts: sum.restarts + figures.restarts,
      longestOutageMs: Math.max(sum.longestOutageMs, figures.longestOutageMs),
    }),
    NOTHING,
  );
}

/** Worst first. */
export function summarize(parts: ReportParts, window: Window): readonly ProcessReport[] {
  const known = new Map(parts.extents.map(({ supervisor, knownSince }) => [supervisor, knownSince]));
  const supervisors = new Map(parts.supervisors.map((supervisor) => [supervisor.name, supervisor]));
  const stories = new Map<string, Story>();
  for (const process of parts.processes) {
    const { uid, supervisor, group, name } = process;
    stories.set(uid, { uid, supervisor, group, name, process, events: [] });
  }
  const daemons = findStarts(parts.everything);
  for (const event of parts.events) if (event.kind === 'process') storyOf(stories, event).events.push(event);
  const reports = [...stories.values()].map((story) => {
    const { supervisor } = story;
    const starts = daemons.get(supervisor) ?? [];
    const context = { window, starts, knownSince: known.get(supervisor) ?? null, now: supervisors.get(supervisor) };
    return toReport(story, context);
  });
  return reports.toSorted(byBadness);
}

/** supervisord began anew: what ran until the last sign of life before that, nobody knows when it ended. */
type DaemonStart = { readonly at: number; readonly lastSign: number };

type Story = {
  readonly uid: string;
  readonly supervisor: string;
  readonly group: string | null;
  readonly name: string;
  /** Null: it is not there any more. */
  readonly process: Process | null;
  readonly events: ProcessEvent[];
};

function storyOf(stories: Map<string, Story>, event: ProcessEvent): Story {
  const uid = uidOf(event);
  const known = stories.get(uid);
  if (known) return known;
  const { supervisor, group, name } = event;
  const story: Story = { uid, supervisor, group, name, process: null, events: [] };
  stories.set(uid, story);
  return story;
}

function findStarts(events: readonly HistoryEvent[]): ReadonlyMap<string, readonly DaemonStart[]> {
  const starts = new Map<string, DaemonStart[]>();
  const lastSign = new Map<string, number>();
  for (const event of events) {
    const { supervisor, at } = event;
    if (event.kind === 'supervisor' && event.incident === 'started') {
      const own = starts.get(supervisor) ?? [];
      own.push({ at, lastSign: lastSign.get(supervisor) ?? at });
      starts.set(supervisor, own);
    }
    lastSign.set(supervisor, at);
  }
  return starts;
}

type Context = {
  readonly window: Window;
  readonly starts: readonly DaemonStart[];
  readonly knownSince: number | null;
  readonly now: Supervisor | undefined;
};

type Condition = 'up' | 'down' | 'stopped' | 'unknown';

function toReport(story: Story, context: Context): ProcessReport {
  const { uid, supervisor, group, name, events } = story;
  const spans = toSpans(story, context);
  const lengthOf = (condition: Condition) =>
    spans.reduce((sum, span) => sum + (span.condition === condition ? span.until - span.since : 0), 0);
  const within = events.filter(({ at }) => isWithin(at, context.window));
  const crashes = within.filter(isFailure);
  const last = crashes.at(-1);
  return {
    uid,
    supervisor,
    group,
    name,
    upMs: lengthOf('up'),
    downMs: lengthOf('down'),
    stoppedMs: lengthOf('stopped'),
    unknownMs: lengthOf('unknown'),
    crashes: crashes.length,
    restarts: within.filter(isRestart).length,
    longestOutageMs: spans.reduce(
      (longest, { condition, since, until }) => (condition === 'down' ? Math.max(longest, until - since) : longest),
      0,
    ),
    lastCrash: last ? { at: last.at, approximate: last.approximate, reason: last.reason } : null,
  };
}

/** It ended before, and only then was given up: that is no further failure. */
export function isFailure(event: ProcessEvent): boolean {
  return isCrash(event) && !(event.to === 'FATAL' && event.from === 'BACKOFF');
}

export function isRestart({ to, from, by }: ProcessEvent): boolean {
  return to === 'STARTING' && by === null && (from === 'EXITED' || from === 'BACKOFF');
}

type Span = { readonly condition: Condition; readonly since: number; readonly until: number };

/** From the beginning of the window to its end, one after the other, no two alike beside one another. */
function toSpans({ process, events }: Story, { window, starts, knownSince, now }: Context): readonly Span[] {
  const spans: Span[] = [];
  let at = window.since;
  const extend = (condition: Condition, to: number) => {
    const until = Math.min(window.until, Math.max(to, at));
    if (until === at) return;
    const last = spans.at(-1);
    if (last?.condition === condition) spans[spans.length - 1] = { ...last, until };
    else spans.push({ condition, since: at, until });
    at = until;
  };
  const [first] = events;
  if (!first) {
    const { condition, since } = conditionNow(process, now);
    extend('unknown', since);
    extend(condition, window.until);
    return spans;
  }
  if (knownSince === null || knownSince > window.since) extend('unknown', Math.min(first.at, knownSince ?? first.at));
  let condition = conditionBefore(first);
  let start = 0;
  const passStarts = (until: number, after: Condition) => {
    for (let began = starts[start]; began && began.at <= until; began = starts[++start]) {
      // Of one that was at rest it is known how it was in between.
      if (condition === 'stopped' || began.at <= at) continue;
      extend(condition, began.lastSign);
      extend('unknown', began.at);
      condition = after;
    }
  };
  for (const event of events) {
    passStarts(event.at, 'stopped');
    extend(condition, event.at);
    condition = conditionOf(event.to, event.reason);
  }
  // Of one that is gone nobody knows whether it was there still.
  passStarts(window.until, process === null ? 'unknown' : 'stopped');
  extend(condition, window.until);
  return spans;
}

/** What a first line says of the time before it. */
function conditionBefore({ from, to }: ProcessEvent): Condition {
  // Whether an end was expected, its own line tells, which is not there.
  if (from === 'EXITED') return 'unknown';
  if (from !== null) return conditionOf(from, null);
  // Whoever ends or is stopped ran; a start that began before the log takes a few seconds of it at most.
  if (to === 'EXITED' || to === 'STOPPING' || to === 'STOPPED') return 'up';
  return to === 'RUNNING' || to === 'FATAL' ? 'down' : 'unknown';
}

function conditionOf(state: ProcessState, reason: Reason | null): Condition {
  switch (state) {
    case 'RUNNING':
      return 'up';
    case 'STARTING':
    case 'BACKOFF':
    case 'FATAL':
      return 'down';
    case 'EXITED':
      return isUnexpected(reason) ? 'down' : 'stopped';
    case 'STOPPING':
    case 'STOPPED':
      return 'stopped';
    case 'UNKNOWN':
      return 'unknown';
  }
}

/** Of one of which nothing was told: as it is now, for as long as supervisord says. */
function conditionNow(
  process: Process | null,
  now: Supervisor | undefined,
): { readonly condition: Condition; readonly since: number } {
  if (!process || !now || now.staleSince !== null || now.link !== 'up')
    return { condition: 'unknown', since: Infinity };
  const isUp = process.state === 'RUNNING' || process.state === 'STARTING';
  const seconds = isUp ? process.startedAt : process.stoppedAt;
  const isNew = !isUp && process.startedAt === null;
  const condition = conditionOf(process.state, process.fall?.reason ?? null);
  if (seconds === null) return isNew ? { condition, since: -Infinity } : { condition: 'unknown', since: Infinity };
  return { condition, since: seconds * 1_000 - (now.clockOffsetMs ?? 0) };
}

function byBadness(a: ProcessReport, b: ProcessReport): number {
  const [mine, other] = [availabilityOf(a) ?? Infinity, availabilityOf(b) ?? Infinity];
  if (mine !== other) return mine - other;
  return b.crashes - a.crashes || a.uid.localeCompare(b.uid);
}
