// Is the other side still there? A host that was switched off says nothing at all, so silence must be asked about.
import { toWholeSecond } from './poll-interval.ts';

export type KeepaliveOptions = {
  /** Silence after which to ask. */
  readonly afterMs: () => number;
  /** Resolves when it lives; rejects when it does not. */
  readonly ping: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  readonly signal: AbortSignal;
};

export type Keepalive = {
  /** It was heard of. */
  beat(): void;
  /** Asks at once, and from now on after the time that `afterMs` says now. */
  check(): void;
};

export function startKeepalive({ afterMs, ping, onFailure, signal }: KeepaliveOptions): Keepalive {
  let last = performance.now();
  let asking = false;
  let timer: NodeJS.Timeout | undefined;

  const ask = async () => {
    clearTimeout(timer);
    if (asking || signal.aborted) return;
    asking = true;
    try {
      await ping();
      last = performance.now();
      schedule();
    } finally {
      asking = false;
    }
  };
  const begin = () => {
    ask().catch(onFailure);
  };
  const schedule = () => {
    clearTimeout(timer);
    if (signal.aborted) return;
    const wait = last + afterMs() - performance.now();
    const check = () => (last + afterMs() - performance.now() > 1 ? schedule() : begin());
    timer = setTimeout(check, toWholeSecond(Math.max(0, wait), Date.now()));
  };

  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  schedule();
  return {
    beat: () => {
      last = performance.now();
    },
    check: begin,
  };
}
