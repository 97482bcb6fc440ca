// Which runs of which processes are ready: every run is asked from its beginning on.
import { statSync } from 'node:fs';
import type { ProcessReading } from '../../../core/model.ts';
import { toFaultText } from '../../../core/own-faults.ts';
import type { Readiness } from './next-steps.ts';
import type { OrderPlan, OrderedProgram } from './order-plan.ts';
import { createProbe } from './probe.ts';
import { watchReadiness } from './watch-readiness.ts';

export type ReadinessKeeper = {
  /** Begins with runs that are new, and forgets those that are over. */
  follow(plan: OrderPlan, processes: ReadonlyMap<string, ProcessReading>): void;
  /** From here on its logs belong to the run that comes. */
  beforeStart(program: OrderedProgram, processes: ReadonlyMap<string, ProcessReading>): void;
  readiness(): ReadonlyMap<string, Readiness>;
};

type Run = { readonly pid: number; readonly end: AbortController; readiness: Readiness };

export function createReadinessKeeper(signal: AbortSignal, onChange: () => void): ReadinessKeeper {
  const runs = new Map<string, Run>();
  /** How long each log was when its program was last seen before the run at hand. */
  const lengths = new Map<string, number>();
  const measure = (reading: ProcessReading) => logsOf(reading).forEach((path) => lengths.set(path, sizeOf(path)));

  const begin = (target: string, { reading, program }: { reading: ProcessReading; program: OrderedProgram }) => {
    const { pid } = reading;
    const own = program.targets.find((each) => each.target === target);
    if (pid === null || own === undefined || own.checks.length === 0) return;
    const logs = logsOf(reading).map((path) => ({ path, from: lengths.get(path) ?? 0 }));
    const place = { directory: program.directory, env: { ...process.env, ...own.environment }, logs };
    const end = new AbortController();
    const run: Run = { pid, end, readiness: { pid, ready: false, late: false, words: '' } };
    runs.set(target, run);
    watchReadiness({
      pid,
      probes: own.checks.map((check) => createProbe(check, place)),
      timeoutMs: program.timeoutMs,
      onChange: (readiness) => {
        const { ready, late } = run.readiness;
        run.readiness = readiness;
        if (readiness.ready !== ready || readiness.late !== late) onChange();
      },
      signal: AbortSignal.any([signal, end.signal]),
    }).catch((error: unknown) => {
      run.readiness = { pid, ready: false, late: true, words: `it cannot be asked: ${toFaultText(error)}` };
      onChange();
    });
  };
  return {
    follow: ({ programs }, processes) => {
      const known = new Set<string>();
      for (const program of programs) {
        for (const { target } of program.targets) {
          const reading = processes.get(target);
          const run = runs.get(target);
          known.add(target);
          if (run && run.pid !== reading?.pid) {
            run.end.abort();
            runs.delete(target);
          }
          if (reading && reading.pid !== null && run?.pid !== reading.pid) begin(target, { reading, program });
          // What it says from now on may be of the next one already.
          if (reading) measure(reading);
        }
      }
      for (const [target, { end }] of runs) {
        if (known.has(target)) continue;
        end.abort();
        runs.delete(target);
      }
    },
    beforeStart: ({ targets }, processes) => {
      const readings = targets.flatMap(({ target }) => processes.get(target) ?? []);
      readings.forEach(measure);
    },
    readiness: () => new Map(Array.from(runs, ([target, { readiness }]) => [target, readiness])),
  };
}

function logsOf({ stdoutLog, stderrLog }: ProcessReading): readonly string[] {
  return [stdoutLog, stderrLog].filter((path) => path.startsWith('/'));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
