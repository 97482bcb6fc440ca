// What main.ts says to hostile.ts; both import it.
import * as v from 'valibot';

export const peersReport = v.object({
  type: v.literal('ready'),
  supervisord: v.number(),
  zerorpc: v.number(),
  relay: v.number(),
});

export type PeersReport = v.InferOutput<typeof peersReport>;
