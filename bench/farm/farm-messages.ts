// What start-farm.ts says to main.ts; both import it.
import * as v from 'valibot';

export const farmRequest = v.variant('type', [
  v.object({
    type: v.literal('churn'),
    /** Over the whole farm; 0: none any more. */
    transitionsPerSecond: v.number(),
  }),
  /** The first process of this supervisord, once. */
  v.object({ type: v.literal('crash'), supervisor: v.number() }),
]);

export type FarmRequest = v.InferOutput<typeof farmRequest>;
