// A rolling act: batch by batch, and no further once too many have failed.
import type { Outcome, RollPlan } from '../ports.ts';
import { stateFor } from '../rights.ts';
import { runTargets } from './process-action.ts';
import type { CommandWorld, ProcessCommand, CommandRunOptions } from './world.ts';

export async function runRoll(
  world: CommandWorld,
  command: ProcessCommand & { readonly roll: RollPlan },
  options: CommandRunOptions,
): Promise<readonly Outcome[]> {
  const { roll, targets } = command;
  const outcomes: Outcome[] = [];
  let failures = 0;
  const isOver = () =>
    failures >= Math.max(1, roll.maxFailures) || options.signal.aborted || options.lease.refusal() !== null;
  const size = Math.max(1, Math.floor(roll.batch));
  for (let first = 0; first < targets.length; first += size) {
    const batch = targets.slice(first, first + size);
    if (first > 0 && roll.pauseMs > 0 && !isOver()) await pause(world, roll.pauseMs, options.signal);
    if (isOver()) {
      const cancelled = options.lease.refusal() ?? (options.signal.aborted ? 'the roll was cancelled' : null);
      const why = cancelled ?? `the roll stopped after ${failures} failed`;
      for (const target of batch) outcomes.push(leave(world, { target, why, options }));
      continue;
    }
    // Waiting is the point of a roll: the next batch may begin only when this one is where it should be.
    const done = await runTargets(world, { ...command, targets: batch, wait: true }, options);
    for (const outcome of done) outcomes.push(outcome);
    failures += done.filter((outcome) => !outcome.ok).length;
  }
  return outcomes;
}

function leave(
  world: CommandWorld,
  { target, why, options }: { readonly target: string; readonly why: string; readonly options: CommandRunOptions },
): Outcome {
  const state = stateFor(world.snapshot(), target, options.actor);
  const outcome: Outcome = { target, ok: false, code: 'untouched', message: why, from: state, to: state };
  options.progress(outcome);
  return outcome;
}

function pause(world: CommandWorld, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = world.clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}
