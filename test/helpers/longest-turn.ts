// How long anything else had to wait while something ran: the longest turn of the event loop, beside an idle one.
import { monitorEventLoopDelay } from 'node:perf_hooks';

export type Turns = { readonly longestMs: number; readonly p99Ms: number };

const MS = 1e6;

export async function measureTurns(work: () => Promise<unknown>): Promise<Turns> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return { longestMs: delay.max / MS, p99Ms: delay.percentile(99) / MS };
}
