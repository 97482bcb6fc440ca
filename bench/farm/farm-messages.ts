// What start-farm.ts says to main.ts; both import it.
import * as v from 'valibot';

export const farmRequest = v.object({
  type: v.literal('churn'),
  /** Over the whole farm; 0: none any more. */
  transitionsPerSecond: v.number(),
});

export type FarmRequest = v.InferOutput<typeof farmRequest>;
