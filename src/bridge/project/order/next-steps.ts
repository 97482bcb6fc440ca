// Who is started now, who waits for what, and who waits in vain: from what is seen of all processes.
import type { ProcessReading } from '../../../core/model.ts';
import type { OrderNotes } from './order-notes.ts';
import { waitingFor } from './order-notes.ts';
import type { Dependency, OrderPlan, OrderedProgram } from './order-plan.ts';

export type Readiness = {
  /** Of the run that it is about. */
  readonly pid: number;
  readonly ready: boolean;
  /** Its ready_timeout is over. */
  readonly late: boolean;
  /** What its checks say; '' before the first of them has said anything. */
  readonly words: string;
};

export type Seen = {
  /** By `group:name`. */
  readonly processes: ReadonlyMap<string, ProcessReading>;
  readonly readiness: ReadonlyMap<string, Readiness>;
  /** Programs that are to be started, once they may be. */
  readonly owed: ReadonlySet<string>;
};

export type NextSteps = { readonly start: readonly OrderedProgram[]; readonly notes: OrderNotes };

/** Null: it is there. `failed`: it will not come by itself. */
type Missing = { readonly name: string; readonly failed: string | null } | null;

export function nextSteps(plan: OrderPlan, seen: Seen): NextSteps {
  const byName = new Map(plan.programs.map((program) => [program.name, program]));
  const notes: OrderNotes = {};
  const start: OrderedProgram[] = [];
  const missingOf = ({ name, condition }: Dependency): Missing => {
    const program = byName.get(name);
    if (program === undefined) return null;
    const failed = whyFailed(program);
    if (failed !== null) return { name, failed };
    return isMet(program, condition, seen) ? null : { name, failed: null };
  };
  const whyFailed = (program: OrderedProgram): string | null => {
    const own = ownFailure(program, seen);
    if (own !== null || !seen.owed.has(program.name)) return own;
    const behind = program.after.map(missingOf).find((each) => each !== null && each.failed !== null);
    return behind ? `${program.name} is held back` : null;
  };
  for (const program of plan.programs) {
    if (seen.owed.has(program.name)) {
      const missing = program.after.map(missingOf).filter((each) => each !== null);
      const failures = missing.flatMap(({ failed }) => failed ?? []);
      const failed = failures.length > 0;
      if (missing.length === 0) start.push(program);
      const words = failed ? `held back: ${failures.join(', ')}` : waitingFor(missing);
      if (missing.length > 0) program.targets.forEach(({ target }) => (notes[target] = { pid: null, words, failed }));
    }
    for (const { target, checks } of program.targets) {
      const pid = seen.processes.get(target)?.pid ?? null;
      // Nobody waits for its turn, although it never ran.
      if (pid === null && program.held) notes[target] ??= { pid, words: '', failed: false };
      if (pid === null || checks.length === 0) continue;
      const known = seen.readiness.get(target);
      const current = known?.pid === pid ? known : null;
      notes[target] = {
        pid,
        words: current?.ready === true ? '' : notReady(program, current),
        failed: current?.late === true && !current.ready,
      };
    }
  }
  return { start, notes };
}

function notReady({ timeoutMs }: OrderedProgram, readiness: Readiness | null): string {
  const after = readiness?.late === true ? ` after ${timeoutMs / 1_000} s` : '';
  return `not ready${after}${readiness?.words ? `: ${readiness.words}` : ''}`;
}

function isMet(program: OrderedProgram, condition: Dependency['condition'], seen: Seen): boolean {
  return program.targets.every(({ target }) => {
    const reading = seen.processes.get(target);
    const ended = reading?.state === 'EXITED' && program.exitCodes.includes(reading.exitStatus ?? -1);
    if (condition === 'completed') return ended;
    if (condition === 'started') return ended || reading?.state === 'RUNNING';
    return reading?.state === 'RUNNING' && isReady(target, seen);
  });
}

function isReady(target: string, { processes, readiness }: Seen): boolean {
  const known = readiness.get(target);
  return known?.ready === true && known.pid === processes.get(target)?.pid;
}

/** In words; null: it may come yet. */
function ownFailure(program: OrderedProgram, { processes, readiness }: Seen): string | null {
  for (const { target } of program.targets) {
    const reading = processes.get(target);
    if (reading?.state === 'FATAL') return `${program.name} is FATAL`;
    if (reading?.state === 'EXITED' && !program.exitCodes.includes(reading.exitStatus ?? -1)) {
      const { exitStatus } = reading;
      return `${program.name} ${exitStatus === null ? 'was ended by a signal' : `exited with ${exitStatus}`}`;
    }
    const known = readiness.get(target);
    if (known?.late === true && !known.ready && known.pid === reading?.pid) {
      return `${program.name} is not ready after ${program.timeoutMs / 1_000} s`;
    }
  }
  return null;
}
