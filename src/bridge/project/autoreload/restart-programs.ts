// Restarts processes of one supervisord in parallel. Each call to it also wakes its loop, which otherwise notices an end
// up to a second late.
import type { ProcessReading } from '../../../core/model.ts';
import { pause } from '../../link/pause.ts';
import { RpcFault } from '../../supervisord-api/xml-rpc/rpc.ts';
import type { ControlClient } from '../daemon/supervisord-client.ts';
import { attempt } from '../supervisorctl/context.ts';
import { FAULT } from '../../supervisord-api/xml-rpc/faults.ts';

export type RestartTarget = {
  /** `group:name`. */
  readonly target: string;
  /** Null: restart; else the signal to send. */
  readonly signal: string | null;
  /** Only when it has failed. */
  readonly retry: boolean;
};

export type RestartOptions = {
  readonly signal: AbortSignal;
  /** Ends what the old ones left behind, which may hold their ports. */
  readonly beforeStart: () => Promise<unknown>;
};

export type RestartResult = { readonly target: string; readonly failure: string | null };

const POLL_EVERY_MS = 8;
/** Above any stopwaitsecs that makes sense while one is editing. */
const STOP_MS = 120_000;

/** Those that were stopped on purpose stay stopped; those that gave up are tried again. */
export async function restartPrograms(
  client: ControlClient,
  targets: readonly RestartTarget[],
  { signal, beforeStart }: RestartOptions,
): Promise<readonly RestartResult[]> {
  const before = await readAll(client);
  const states = new Map(Array.from(before, ([target, { state }]) => [target, state]));
  const due = targets.filter(({ target, retry }) => isDue(before.get(target), retry));
  const sent = await Promise.all(
    due.map(async ({ target, signal: name }) => {
      const state = states.get(target);
      if (name !== null && state === 'RUNNING') {
        return toResult(target, await attempt(() => client.ask('supervisor.signalProcess', target, name)));
      }
      if (state === 'FATAL' || state === 'EXITED') return null;
      const stopped = await attempt(() => client.ask('supervisor.stopProcess', target, false));
      return stopped.ok || stopped.fault === FAULT.NOT_RUNNING ? null : toResult(target, stopped);
    }),
  );
  const stopping = new Set(due.filter((_, index) => sent[index] === null).map(({ target }) => target));
  const started: RestartResult[] = [];
  const end = performance.now() + STOP_MS;
  while (stopping.size > 0 && !signal.aborted && performance.now() < end) {
    const now = await readAll(client);
    const ready = [...stopping].filter((target) =>
      ['STOPPED', 'EXITED', 'FATAL', 'UNKNOWN'].includes(now.get(target)?.state ?? 'STOPPED'),
    );
    if (ready.length > 0) await beforeStart();
    for (const target of ready) {
      stopping.delete(target);
      started.push(toResult(target, await attempt(() => client.ask('supervisor.startProcess', target, false))));
    }
    if (stopping.size > 0) await pause(POLL_EVERY_MS, signal);
  }
  const late = [...stopping].map((target) => ({ target, failure: 'it does not stop' }));
  return [...sent.filter((result) => result !== null), ...started, ...late];
}

function isDue(reading: ProcessReading | undefined, retry: boolean): boolean {
  if (reading === undefined) return false;
  const { state, exitStatus } = reading;
  if (retry) return state === 'FATAL' || state === 'BACKOFF' || (state === 'EXITED' && exitStatus !== 0);
  return ['STARTING', 'RUNNING', 'BACKOFF', 'FATAL', 'EXITED'].includes(state);
}

async function readAll(client: ControlClient): Promise<ReadonlyMap<string, ProcessReading>> {
  const all = await client.readAll();
  return new Map(all.map((reading) => [`${reading.group}:${reading.name}`, reading]));
}

function toResult(target: string, answer: Awaited<ReturnType<typeof attempt>>): RestartResult {
  if (answer.ok || answer.fault === FAULT.ALREADY_STARTED) return { target, failure: null };
  return { target, failure: new RpcFault(answer.fault, answer.words).message };
}
