// How fast a supervisord may be asked for old things, so that it does what it is there for.
import { pause } from '../../link/pause.ts';

/** Of one core, in the mean of some seconds. */
const SHARE = 0.01;
/** What it may be asked for at once when it was left alone before: a few hundred KiB. */
const CREDIT_MS = 25;
/** Of 256 KiB a slow host takes no more; what takes longer is on its way through the network. */
const MOST_MS = 40;

export type WorkShare = {
  /** Until there is room for more, or aborted. */
  room(signal: AbortSignal): Promise<void>;
  /** So many bytes were asked for, and answered after so long. */
  spent(ms: number, bytes: number): void;
};

/** `monotonic`: milliseconds of a clock that nobody sets. */
export function createWorkShare(monotonic: () => number): WorkShare {
  let credit = CREDIT_MS;
  let at = monotonic();
  let leastPerByte = Infinity;
  let leastCall = Infinity;
  const earn = () => {
    const now = monotonic();
    credit = Math.min(CREDIT_MS, credit + (now - at) * SHARE);
    at = now;
  };
  const owing = (): number => {
    earn();
    return -credit;
  };
  /** By the quickest answer so far: one that took longer waited for something else, a busy host is not a slow one. */
  const costOf = (ms: number, bytes: number): number => {
    if (bytes < MANY_BYTES) return (leastCall = Math.min(leastCall, ms));
    leastPerByte = Math.min(leastPerByte, ms / bytes);
    return Math.min(MOST_MS, leastPerByte * bytes);
  };
  return {
    room: async (signal) => {
      // Several may ask at once: none begins before all is paid for.
      for (let owed = owing(); owed > 0 && !signal.aborted; owed = owing()) await pause(owed / SHARE, signal);
    },
    spent: (ms, bytes) => {
      earn();
      credit -= costOf(ms, bytes);
    },
  };
}

/** What fewer take is the call itself. */
const MANY_BYTES = 4_096;
