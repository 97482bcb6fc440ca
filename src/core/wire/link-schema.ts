// Both ends of the wire import these: what a link tells and is asked, as JSON, checked on the way in.
import * as v from 'valibot';
import type { SupervisordIdentity, Observation, ReportedTransition } from '../observation.ts';
import type { ConfigDifference, LinkCall, LinkResult, ProgramSettings } from '../ports.ts';
import { LONGEST_NAME } from '../sayable.ts';
import { daemonState, linkError, processReading, processState, reason, source } from './model-schema.ts';

const text = v.string();
const count = v.pipe(v.number(), v.minValue(0));
/** Goes on to a supervisord; what cannot be said to it is refused with an outcome (sayable.ts). */
const name = v.pipe(text, v.maxLength(LONGEST_NAME));

export const outcomeCode = v.picklist([
  'ok',
  'unchanged',
  'not-found',
  'failed',
  'timeout',
  'cancelled',
  'not-allowed',
  'unreachable',
  'busy',
  'untouched',
  'no-log',
  'unsayable',
  'fault',
]);

export const difference = v.object({
  added: v.array(text),
  changed: v.array(text),
  removed: v.array(text),
}) satisfies v.GenericSchema<unknown, ConfigDifference>;

export const linkCall = v.variant('op', [
  v.object({ op: v.picklist(['start', 'stop', 'clear']), target: name }),
  v.object({ op: v.literal('signal'), target: name, signal: v.pipe(name, v.maxLength(100)) }),
  v.object({ op: v.picklist(['add-group', 'remove-group', 'stop-group']), group: name }),
  v.object({ op: v.picklist(['reread', 'reload', 'shutdown', 'settings']) }),
]) satisfies v.GenericSchema<unknown, LinkCall>;

const seconds = v.pipe(v.number(), v.minValue(0));
const programSettings = v.object({
  name: text,
  stopWaitSecs: seconds,
  startSecs: seconds,
}) satisfies v.GenericSchema<unknown, ProgramSettings>;

export const linkResult = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    unchanged: v.boolean(),
    difference: v.exactOptional(difference),
    settings: v.exactOptional(v.array(programSettings)),
    kept: v.exactOptional(v.boolean()),
  }),
  v.object({ ok: v.literal(false), code: outcomeCode, message: text }),
]) satisfies v.GenericSchema<unknown, LinkResult>;

const identity = v.object({
  identification: text,
  version: text,
  apiVersion: text,
  pid: v.number(),
  state: daemonState,
}) satisfies v.GenericSchema<unknown, SupervisordIdentity>;

const reported = v.object({
  group: text,
  name: text,
  to: processState,
  from: v.nullable(processState),
  reason: v.nullable(reason),
  pid: v.nullable(v.number()),
}) satisfies v.GenericSchema<unknown, ReportedTransition>;

/** No supervisord has more. */
const MOST_PROCESSES = 10_000;
const readings = v.pipe(v.array(processReading), v.maxLength(MOST_PROCESSES));

export const observation = v.variant('type', [
  v.object({ type: v.literal('connecting') }),
  v.object({ type: v.literal('identity'), identity }),
  v.object({
    type: v.literal('all'),
    readings,
    hostNow: v.nullable(v.number()),
    latencyMs: count,
    pollMs: count,
    askedMsAgo: v.exactOptional(count),
  }),
  v.object({
    type: v.literal('some'),
    readings,
    gone: v.array(text),
    hostNow: v.exactOptional(v.nullable(v.number())),
    askedMsAgo: v.exactOptional(count),
  }),
  v.object({ type: v.literal('transitions'), transitions: v.array(reported) }),
  v.object({ type: v.literal('source'), source, note: text }),
  v.object({ type: v.literal('agent'), process: v.nullable(text) }),
  v.object({ type: v.literal('notes'), notes: v.record(text, text), companions: v.array(text) }),
  v.object({ type: v.literal('gap'), message: text }),
  v.object({ type: v.literal('down'), error: linkError }),
]) satisfies v.GenericSchema<unknown, Observation>;
