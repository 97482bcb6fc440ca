// What start-crowd.ts and main.ts say to one another; both import it.
import * as v from 'valibot';

/** A change that every viewer which reads is to get. */
const sight = v.object({ uid: v.string(), key: v.picklist(['state', 'pending']), value: v.string() });
export type Sight = v.InferOutput<typeof sight>;

export const crowdRequest = v.variant('type', [
  v.object({ type: v.literal('expect'), sight }),
  /** Some stop reading; they read again. */
  v.object({ type: v.literal('stall') }),
  v.object({ type: v.literal('resume') }),
]);
export type CrowdRequest = v.InferOutput<typeof crowdRequest>;

export const crowdReport = v.variant('type', [
  v.object({ type: v.literal('ready') }),
  /** The request is carried out. */
  v.object({ type: v.literal('done') }),
  /** When each had it, in milliseconds of the clock that all processes of this machine share. */
  v.object({ type: v.literal('seen'), at: v.array(v.number()) }),
  /** How each that did not read was closed. */
  v.object({ type: v.literal('dropped'), codes: v.array(v.number()), lost: v.number() }),
]);
export type CrowdReport = v.InferOutput<typeof crowdReport>;

export function sharedClock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
