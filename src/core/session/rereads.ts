// Who waits for a reading of a supervisor that was asked for after they came.
import type { Observation } from '../observation.ts';
import type { Clock, SupervisorLink, WaitOptions } from '../ports.ts';

export type Rereads = {
  /** Has these processes of a supervisor read now (none named: all); settles when the answer or a failure is in. */
  await(supervisor: string, names: readonly string[], options: WaitOptions): Promise<void>;
  observed(supervisor: string, observation: Observation): void;
};

type Read = { readonly type: 'all' | 'some' | 'down'; readonly askedAt: number };

/** A clock tells whole milliseconds, how long ago something was asked is told in parts of them. */
const CLOCK_STEP_MS = 1;

export function createRereads(clock: Clock, linkOf: (supervisor: string) => SupervisorLink | undefined): Rereads {
  const readers = new Set<(supervisor: string, read: Read) => void>();
  return {
    await: (name, names, { signal }) =>
      new Promise((resolve) => {
        const link = linkOf(name);
        if (!link || signal.aborted) return resolve();
        const finish = () => {
          readers.delete(reader);
          signal.removeEventListener('abort', finish);
          resolve();
        };
        const since = clock.monotonic() - CLOCK_STEP_MS;
        const reader = (supervisor: string, { type, askedAt }: Read) => {
          // An answer that was under way already tells of before.
          if (supervisor === name && askedAt >= since && (type !== 'some' || names.length > 0)) finish();
        };
        readers.add(reader);
        signal.addEventListener('abort', finish, { once: true });
        link.reread(names);
      }),
    observed: (supervisor, observation) => {
      const read = toRead(observation, clock.monotonic());
      if (read) Array.from(readers, (reader) => reader(supervisor, read));
    },
  };
}

function toRead(observation: Observation, now: number): Read | null {
  const { type } = observation;
  if (type === 'down') return { type, askedAt: now };
  return type === 'all' || type === 'some' ? { type, askedAt: now - (observation.askedMsAgo ?? 0) } : null;
}
