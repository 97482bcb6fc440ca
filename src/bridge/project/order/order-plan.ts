// What the program `readiness` goes by: who waits for whom, and how a program tells that it is ready.
import { join } from 'node:path';
import * as v from 'valibot';
import type { RunDirectory } from '../run-directory/paths.ts';
import { readPrivate, writePrivate } from '../run-directory/paths.ts';

/** The program that starts what waits. */
export const READINESS = 'readiness';

/** Of a program's section; supervisord never sees them. */
export const ORDER_KEYS = ['depends_on', 'ready_tcp', 'ready_http', 'ready_cmd', 'ready_log', 'ready_timeout'] as const;

export const CHECK_KINDS = ['tcp', 'http', 'cmd', 'log'] as const;

const checkSchema = v.object({ kind: v.picklist(CHECK_KINDS), text: v.string() });

const dependency = v.object({
  name: v.string(),
  /** Runs; runs and all of its checks have passed; has ended well. */
  condition: v.picklist(['started', 'healthy', 'completed']),
});

const orderedProgram = v.object({
  name: v.string(),
  after: v.array(dependency),
  /** It is started by us, once what it waits for is there. */
  held: v.boolean(),
  timeoutMs: v.number(),
  exitCodes: v.array(v.number()),
  directory: v.string(),
  targets: v.array(
    v.object({
      /** `group:name`. */
      target: v.string(),
      /** What its own `environment` adds. */
      environment: v.record(v.string(), v.string()),
      /** All of them have to pass; none: it is ready as soon as it runs. */
      checks: v.array(checkSchema),
    }),
  ),
});

const orderPlanSchema = v.object({
  programs: v.array(orderedProgram),
  /** supervisord's own; null: it cannot be known. */
  mainLog: v.exactOptional(v.nullable(v.string()), null),
});

export type ReadyCheck = v.InferOutput<typeof checkSchema>;
export type Dependency = v.InferOutput<typeof dependency>;
export type OrderedProgram = v.InferOutput<typeof orderedProgram>;
/** Every program that waits, is waited for, or has checks. */
export type OrderPlan = v.InferOutput<typeof orderPlanSchema>;

export function readOrderPlan(run: Pick<RunDirectory, 'dir'>): OrderPlan | null {
  return readPrivate(join(run.dir, 'order.json'), orderPlanSchema);
}

/** Holds variables of the programs: nobody else may read it. */
export function writeOrderPlan(run: Pick<RunDirectory, 'dir'>, plan: OrderPlan): void {
  writePrivate(join(run.dir, 'order.json'), JSON.stringify(plan));
}
