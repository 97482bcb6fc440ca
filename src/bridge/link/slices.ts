// Long work in short turns, so that other links, viewers and keys never wait for one answer.
import { setImmediate } from 'node:timers/promises';

/** Work that stops now and then to be gone on with, and comes to a result. */
export type Slices<Result> = Generator<undefined, Result, undefined>;

const SLICE_MS = 10;

/** Short work, in one go. */
export function atOnce<Result>(work: Slices<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** Goes on at once for as long as a turn may take, and then lets others in between. Throws the signal's reason. */
export async function inSlices<Result>(work: Slices<Result>, signal?: AbortSignal): Promise<Result> {
  let begun = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - begun < SLICE_MS) continue;
    await setImmediate();
    signal?.throwIfAborted();
    begun = performance.now();
  }
}
