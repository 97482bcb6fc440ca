// Does the main log tell of state changes? Below level info it does not, and nothing says so: a process that runs under
// a pid of which no line spoke gives it away.
import type { ProcessReading } from '../../../core/model.ts';

/** A line comes at most one turn of supervisord's loop after what it tells. */
const LINE_DELAY_MS = 2_500;
/** Once it has spoken, a single missing line is more likely one that was lost in a rotation. */
const MISSES_ALLOWED = 2;

export type LogTrust = {
  /** `all`: these are all processes. */
  read(readings: readonly ProcessReading[], now: number, all: boolean): void;
  spawned(pid: number): void;
  judge(now: number): Judgement;
};

/** Whether it has spoken, whether another line was missed, and whether it can be relied on; ask again at `recheckAt`. */
export type Judgement = {
  readonly heard: boolean;
  readonly missed: boolean;
  readonly trusted: boolean;
  readonly recheckAt: number | null;
};

/** The end of a log that tells of state changes holds lines of level info, or of one below. */
export function speaksOfChanges(end: Buffer): boolean {
  return /^\S+ \S+ (?:INFO|DEBG|TRAC|BLAT) /m.test(end.toString('utf8'));
}

export function createLogTrust(): LogTrust {
  /** Null before the first full read, which is the baseline. */
  let known: Set<number> | null = null;
  /** Pids of which a line spoke, and in how many full reads on end they were missing. */
  const told = new Map<number, number>();
  const untold = new Map<number, number>();
  let heard = false;
  let misses = 0;
  return {
    read: (readings, now, all) => {
      const pids = readings.flatMap(({ pid }) => (pid === null ? [] : [pid]));
      for (const pid of pids) {
        if (known && !known.has(pid) && !told.has(pid)) untold.set(pid, now);
      }
      if (all) {
        known = new Set(pids);
        // A slow answer may be older than the line: only what the next one does not know either is over.
        for (const [pid, missing] of told) {
          if (known.has(pid)) told.set(pid, 0);
          else if (missing === 0) told.set(pid, 1);
          else told.delete(pid);
        }
      } else pids.forEach((pid) => known?.add(pid));
    },
    spawned: (pid) => {
      told.set(pid, 0);
      untold.delete(pid);
      heard = true;
      misses = 0;
    },
    judge: (now) => {
      const before = misses;
      for (const [pid, since] of untold) {
        if (now - since < LINE_DELAY_MS) continue;
        untold.delete(pid);
        misses += 1;
      }
      const [first] = untold.values();
      const trusted = misses < (heard ? MISSES_ALLOWED : 1);
      return { heard, missed: misses > before, trusted, recheckAt: first === undefined ? null : first + LINE_DELAY_MS };
    },
  };
}
