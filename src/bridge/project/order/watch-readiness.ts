// Asks one run of a process again and again, until it is ready or gone.
import { pause } from '../../link/pause.ts';
import type { Readiness } from './next-steps.ts';
import type { Probe } from './probe.ts';

export type WatchReadinessOptions = {
  readonly pid: number;
  readonly probes: readonly Probe[];
  readonly timeoutMs: number;
  readonly onChange: (readiness: Readiness) => void;
  /** Aborted when this run is over. */
  readonly signal: AbortSignal;
};

const FIRST_MS = 50;
const SLOWEST_MS = 1_000;

/** What is late is still asked: it may be repaired. */
export async function watchReadiness(options: WatchReadinessOptions): Promise<void> {
  const { pid, probes, timeoutMs, onChange, signal } = options;
  const begun = performance.now();
  let wait = FIRST_MS;
  try {
    while (!signal.aborted) {
      const answers = await Promise.all(probes.map((probe) => probe.ask(signal)));
      if (signal.aborted) return;
      const words = answers.filter((answer) => answer !== null);
      const late = performance.now() - begun > timeoutMs;
      onChange({ pid, ready: words.length === 0, late, words: words.join(', ') });
      if (words.length === 0) return;
      // Never past the end of its time, which is told then.
      const left = late ? SLOWEST_MS : Math.max(1, timeoutMs - (performance.now() - begun) + 1);
      await pause(Math.min(wait, left), signal);
      wait = Math.min(SLOWEST_MS, wait * 1.5);
    }
  } finally {
    probes.forEach((probe) => probe.close());
  }
}
