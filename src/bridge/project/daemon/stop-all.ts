// Ends the programs of a project before its supervisord ends: side by side. supervisord itself goes on to the next group
// only when the last one is gone, so ten programs that take three seconds each would take thirty.
import * as v from 'valibot';
import type { ProcessReading } from '../../../core/model.ts';
import type { ProcessState } from '../../../core/process-state.ts';
import { pause } from '../../link/pause.ts';
import { attempt } from '../supervisorctl/context.ts';
import type { OrderPlan } from '../order/order-plan.ts';
import { READINESS } from '../order/order-plan.ts';
import type { ControlClient } from './supervisord-client.ts';

const configsSchema = v.array(
  v.object({ group: v.string(), name: v.string(), group_prio: v.optional(v.number(), 999) }),
);

/** They would start others meanwhile. */
const FIRST: readonly string[] = ['autoreload', READINESS];
const LIVE: readonly ProcessState[] = ['STARTING', 'RUNNING', 'BACKOFF', 'STOPPING'];
const POLL_EVERY_MS = 20;

/** Higher priorities first, as supervisord does; of one priority, what depends on others before these. */
export async function stopAll(
  client: ControlClient,
  { order, signal }: { readonly order: OrderPlan | null; readonly signal: AbortSignal },
): Promise<void> {
  const configs = v.parse(configsSchema, await client.ask('supervisor.getAllConfigInfo'));
  const before = endsBefore(configs, order);
  await client.hurry(async () => {
    while (!signal.aborted) {
      const live = (await client.readAll()).filter(({ state }) => LIVE.includes(state)).map(toEnding);
      if (live.length === 0) return;
      const due = live.filter(
        ({ target, stopping }) => !stopping && !live.some((other) => before(other.target, target)),
      );
      await Promise.all(due.map(({ target }) => attempt(() => client.ask('supervisor.stopProcess', target, false))));
      await pause(POLL_EVERY_MS, signal);
    }
  });
}

function toEnding({ group, name, state }: ProcessReading): { readonly target: string; readonly stopping: boolean } {
  return { target: `${group}:${name}`, stopping: state === 'STOPPING' };
}

type Configs = v.InferOutput<typeof configsSchema>;

/** Whether the first of two (`group:name`) has to be over before the second is told to end. */
export function endsBefore(configs: Configs, order: OrderPlan | null): (first: string, second: string) => boolean {
  const ranks = new Map(
    configs.map(({ group, name, group_prio }) => {
      const isFirst = group === name && FIRST.includes(name);
      return [`${group}:${name}`, isFirst ? Number.POSITIVE_INFINITY : group_prio];
    }),
  );
  const programs = order?.programs ?? [];
  const depends = new Set(
    programs.flatMap(({ after, targets }) =>
      after.flatMap(({ name }) => {
        const others = programs.find((each) => each.name === name)?.targets ?? [];
        return targets.flatMap(({ target }) => others.map((other) => `${target} ${other.target}`));
      }),
    ),
  );
  return (first, second) => {
    const [a = 0, b = 0] = [ranks.get(first), ranks.get(second)];
    return a === b ? depends.has(`${first} ${second}`) : a > b;
  };
}
