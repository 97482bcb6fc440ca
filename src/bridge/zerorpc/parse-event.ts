import * as v from 'valibot';
import type { SupervisorEvent } from '../events/supervisor-event.ts';

const EXITED = 100;

/** `process` is what the agent read when it handled the event: later than the event, sometimes much. */
const itemSchema = v.looseObject({
  eventname: v.string(),
  pool: v.optional(v.string()),
  poolserial: v.optional(v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,15}$/u), v.transform(Number))])),
  payload: v.optional(v.record(v.string(), v.unknown()), {}),
});
const processSchema = v.looseObject({ state: v.number(), exitstatus: v.number() });

export type ParsedEvent = {
  readonly event: SupervisorEvent;
  /** The process (`group:name`) that told it; null: supervisord itself, with the agent inside. */
  readonly agent: string | null;
};

/** Null for what is no event: the first item of a stream is a greeting in words. */
export function parseEvent(item: unknown): ParsedEvent | null {
  const parsed = v.safeParse(itemSchema, item);
  if (!parsed.success) return null;
  const { eventname, pool, poolserial, payload } = parsed.output;
  const process = v.safeParse(processSchema, payload['process']);
  const rests = process.success && process.output.state === EXITED;
  const event = {
    name: eventname,
    payload: Object.fromEntries(Object.entries(payload).flatMap(toText)),
    poolSerial: poolserial ?? null,
    exitStatus: rests ? process.output.exitstatus : null,
  };
  // A pool bears the name of its program; only real pools count their events.
  return { event, agent: pool === undefined || poolserial === undefined ? null : `${pool}:${pool}` };
}

function toText([key, value]: [string, unknown]): [string, string][] {
  return typeof value === 'string' || typeof value === 'number' ? [[key, String(value)]] : [];
}
