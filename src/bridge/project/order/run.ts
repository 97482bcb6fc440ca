// `readiness`: a program under the supervisord of a project that starts what waits for others, and knows who is ready. It
// is there in the foreground as in the background, comes again with a `reload`, and ends with its supervisord.
import { createInterface } from 'node:readline';
import type { ProcessReading } from '../../../core/model.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import { pause } from '../../link/pause.ts';
import type { ControlClient } from '../daemon/supervisord-client.ts';
import { isEnding, withClient } from '../daemon/find-running.ts';
import { ProjectError } from '../project-error.ts';
import type { ProjectWorld } from '../project-world.ts';
import { endLeftBehind } from '../run-directory/orphans.ts';
import type { RunDirectory } from '../run-directory/paths.ts';
import { clearFromNow } from '../daemon/clear-after-crashes.ts';
import { readState } from '../run-directory/state-file.ts';
import { attempt } from '../supervisorctl/context.ts';
import { FAULT } from '../../supervisord-api/xml-rpc/faults.ts';
import { nextSteps } from './next-steps.ts';
import { writeOrderNotes } from './order-notes.ts';
import type { OrderPlan, OrderedProgram } from './order-plan.ts';
import { readOrderPlan } from './order-plan.ts';
import { parseOrderRequest } from './order-request.ts';
import type { ReadinessKeeper } from './readiness-keeper.ts';
import { createReadinessKeeper } from './readiness-keeper.ts';
import { createNoteTeller } from './tell-notes.ts';

const SOON_MS = 100;
const SLOWEST_MS = 1_000;

export async function runReadiness(run: RunDirectory, world: ProjectWorld): Promise<number> {
  const state = readState(run);
  if (!state || readOrderPlan(run) === null) {
    throw new ProjectError('readiness is a program of a running project; start it with "multivisor project"');
  }
  const over = new AbortController();
  const signal = AbortSignal.any([world.signal, over.signal]);
  const alarm = createAlarm();
  const requests = createRequests(alarm.ring);
  // supervisord holds the other end: it is gone when there is no more.
  const lines = createInterface({ input: world.stdin, terminal: false });
  lines.on('line', requests.take);
  lines.once('close', () => over.abort());
  const clearing = clearFromNow(readOrderPlan(run)?.mainLog ?? null, { runDir: run.dir, signal });
  await withClient(state.endpoint, signal, (client) => keepOrder(client, { run, world, requests, alarm, signal }));
  await clearing;
  lines.close();
  return 0;
}

type Alarm = {
  ring(): void;
  /** Aborted when it rings next. */
  next(): AbortSignal;
};

function createAlarm(): Alarm {
  let ringing = new AbortController();
  return {
    ring: () => {
      ringing.abort();
      ringing = new AbortController();
    },
    next: () => ringing.signal,
  };
}

type Requests = {
  take(line: string): void;
  /** Asked for by hand, and not yet started. */
  readonly wanted: Set<string>;
  /** Not to be started, although never started so far. */
  readonly dropped: Set<string>;
};

function createRequests(onRequest: () => void): Requests {
  const wanted = new Set<string>();
  const dropped = new Set<string>();
  return {
    wanted,
    dropped,
    take: (line) => {
      const request = parseOrderRequest(line);
      if (request === null) return;
      const [into, from] = request.act === 'start' ? [wanted, dropped] : [dropped, wanted];
      request.names.forEach((name) => {
        into.add(name);
        from.delete(name);
      });
      onRequest();
    },
  };
}

type Keeping = {
  readonly run: RunDirectory;
  readonly world: ProjectWorld;
  readonly requests: Requests;
  readonly alarm: Alarm;
  readonly signal: AbortSignal;
};

async function keepOrder(client: ControlClient, { run, world, requests, alarm, signal }: Keeping): Promise<void> {
  const keeper = createReadinessKeeper(signal, alarm.ring);
  const tell = createNoteTeller((line) => world.out(`${line}\n`));
  let before = '';
  let wait = SOON_MS;
  while (!signal.aborted) {
    const ringing = alarm.next();
    // An update brings another one.
    const plan = readOrderPlan(run) ?? { programs: [], mainLog: null };
    const readings = await readAll(client);
    const processes = new Map((readings ?? []).map((reading) => [`${reading.group}:${reading.name}`, reading]));
    if (readings !== null) {
      keeper.follow(plan, processes);
      const owed = owedOf(plan, { processes, ...requests });
      const { start, notes } = nextSteps(plan, { processes, readiness: keeper.readiness(), owed });
      const now = JSON.stringify([readings.map(({ state, pid }) => [state, pid]), notes]);
      // What comes after a long time may be noticed a little later.
      wait = now === before ? Math.min(SLOWEST_MS, wait * 1.2) : SOON_MS;
      if (now !== before) writeOrderNotes(run, notes);
      before = now;
      tell(plan, notes);
      if (start.length > 0) {
        await startThem(client, { start, processes, keeper, run, world, requests, signal });
        continue;
      }
    }
    await pause(wait, AbortSignal.any([signal, ringing]));
  }
}

type Starting = Omit<Keeping, 'alarm'> & {
  readonly start: readonly OrderedProgram[];
  readonly processes: ReadonlyMap<string, ProcessReading>;
  readonly keeper: ReadinessKeeper;
};

async function startThem(client: ControlClient, starting: Starting): Promise<void> {
  const { start, processes, keeper, run, world, requests, signal } = starting;
  // What earlier ones left behind may hold their ports. Whoever runs us is that supervisord.
  await endLeftBehind(run.dir, { supervisord: process.ppid, signal });
  for (const program of start) {
    keeper.beforeStart(program, processes);
    const failures = await startAll(client, program);
    requests.wanted.delete(program.name);
    failures.forEach((words) => {
      // Nor is it tried again and again.
      requests.dropped.add(program.name);
      world.out(`${program.name} was not started: ${words}\n`);
    });
  }
}

/** Null while it does not say: it is about to end. */
async function readAll(client: ControlClient): Promise<readonly ProcessReading[] | null> {
  try {
    return await client.readAll();
  } catch (error) {
    if (error instanceof LinkFailure || isEnding(error) || client.signal.aborted) return null;
    throw error;
  }
}

type Owing = Pick<Requests, 'wanted' | 'dropped'> & { readonly processes: ReadonlyMap<string, ProcessReading> };

/** What nobody has started yet under this supervisord, and what was asked for. */
function owedOf(plan: OrderPlan, { processes, wanted, dropped }: Owing): ReadonlySet<string> {
  const owed = plan.programs.filter(({ name, held, targets }) => {
    const rests = targets.some(({ target }) => isAtRest(processes.get(target)));
    if (wanted.has(name)) return rests;
    if (!held || dropped.has(name)) return false;
    return targets.some(({ target }) => {
      const reading = processes.get(target);
      return reading?.state === 'STOPPED' && reading.startedAt === null;
    });
  });
  return new Set(owed.map(({ name }) => name));
}

function isAtRest(reading: ProcessReading | undefined): boolean {
  return reading !== undefined && ['STOPPED', 'EXITED', 'FATAL'].includes(reading.state);
}

async function startAll(client: ControlClient, { targets }: OrderedProgram): Promise<readonly string[]> {
  const answers = await Promise.all(
    targets.map(({ target }) => attempt(() => client.ask('supervisor.startProcess', target, false))),
  );
  return answers.flatMap((answer) =>
    answer.ok || answer.fault === FAULT.ALREADY_STARTED || answer.fault === FAULT.SHUTDOWN_STATE ? [] : [answer.words],
  );
}
