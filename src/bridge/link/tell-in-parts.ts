// What thousands of processes are is taken in by the engine in one turn for each observation: so a long reading is told in
// parts, and then once more as a whole, which by then changes little.
import { setImmediate } from 'node:timers/promises';
import type { ProcessReading } from '../../core/model.ts';

const PART = 1_000;

export function isLong(readings: readonly ProcessReading[]): boolean {
  return readings.length > PART;
}

/** All of it, for who hears of everything afterwards. Nothing when it is short. */
export async function tellInParts(
  readings: readonly ProcessReading[],
  tell: (part: readonly ProcessReading[]) => void,
  signal: AbortSignal,
): Promise<void> {
  if (!isLong(readings)) return;
  for (let at = 0; at < readings.length; at += PART) {
    tell(readings.slice(at, at + PART));
    await setImmediate();
    if (signal.aborted) return;
  }
}
