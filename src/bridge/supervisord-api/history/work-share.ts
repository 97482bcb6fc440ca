// How fast a supervisord may be asked for old things, so that it does what it is there for.
import { pause } from '../../link/pause.ts';

/** Of one core, in the mean of some seconds; a hundredth with what else is asked meanwhile. */
const SHARE = 0.008;
/** What it may be asked for at once when it was left alone before: about two megabytes. */
const CREDIT_MS = 25;
/** Of a host ten times as slow as those that were measured; what takes longer waits for the network, or for others. */
const MOST = { msPerByte: 40 / (256 * 1024), msPerCall: 5 } as const;
/** What fewer bytes take is the call itself. */
const MANY_BYTES = 4_096;

export type WorkShare = {
  /** Until there is room for more, or aborted. */
  room(signal: AbortSignal): Promise<void>;
  /** So many bytes were asked for, and answered after so long. */
  spent(ms: number, bytes: number): void;
};

/** `monotonic`: milliseconds of a clock that nobody sets. */
export function createWorkShare(monotonic: () => number): WorkShare {
  // By the quickest answer so far: one that took longer waited for something else, a busy host is not a slow one.
  let { msPerByte, msPerCall }: { msPerByte: number; msPerCall: number } = MOST;
  /** What it may be asked for, but for what it was asked for since all was paid. */
  let credit = CREDIT_MS;
  let bytesOwed = 0;
  let callsOwed = 0;
  let at = monotonic();
  /** At the rates of now: what was asked when they were thought to be higher is cheaper too. */
  const balance = (): number => credit - bytesOwed * msPerByte - callsOwed * msPerCall;
  const earn = () => {
    const now = monotonic();
    credit += (now - at) * SHARE;
    at = now;
    if (balance() < 0) return;
    credit = Math.min(CREDIT_MS, balance());
    bytesOwed = 0;
    callsOwed = 0;
  };
  const owing = (): number => {
    earn();
    return -balance();
  };
  return {
    room: async (signal) => {
      // Several may ask at once: none begins before all is paid for.
      for (let owed = owing(); owed > 0 && !signal.aborted; owed = owing()) await pause(owed / SHARE, signal);
    },
    spent: (ms, bytes) => {
      earn();
      if (bytes < MANY_BYTES) {
        msPerCall = Math.min(msPerCall, ms);
        callsOwed += 1;
      } else {
        msPerByte = Math.min(msPerByte, ms / bytes);
        bytesOwed += bytes;
      }
    },
  };
}
