import * as v from 'valibot';
import type { ListenerLine } from './protocol.ts';

const serial = v.pipe(v.number(), v.integer(), v.minValue(0));

const lineSchema = v.variant('type', [
  v.object({
    type: v.literal('hello'),
    protocol: v.number(),
    agent: v.picklist(['node', 'python']),
    supervisord: v.number(),
    process: v.nullable(v.string()),
    last: v.nullable(serial),
  }),
  v.object({ type: v.literal('event'), event: v.string(), poolserial: serial, payload: v.string() }),
  v.object({ type: v.literal('alive') }),
]);

/** Null for anything else. */
export function parseLine(text: string): ListenerLine | null {
  try {
    const parsed = v.safeParse(lineSchema, JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
