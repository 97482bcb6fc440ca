// What `status --json`, `watch --json` and /api/v1 tell, declared once: the types, schema/*.json and openapi.json come from
// here. Fields are only ever added within v1. Its functions are loaded by whoever checks or describes, never to print.
// status.ts fills it; `npm run documents` writes schema/. The columns of `-o csv` are fixed, and not made from it.
import * as v from 'valibot';
import type { DeepReadonly } from '../../deep-readonly.ts';
import { PROCESS_STATE_CODES, PROCESS_STATES } from '../../process-state.ts';
import { daemonState, linkErrorCode, reason as modelReason, source } from '../../wire/model-schema.ts';

const text = v.string();
const integer = v.pipe(v.number(), v.integer());
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
/** ISO 8601, UTC. */
export const time = v.pipe(text, v.isoTimestamp());
export const nullableSource = v.nullable(source);
export const state = v.picklist(PROCESS_STATES);

/** `schema` with a word for who reads the description. */
const says = <const Schema extends v.GenericSchema>(schema: Schema, description: string) =>
  v.pipe(schema, v.description(description));

/** The reason as data, and in words. */
export const statusReason = v.strictObject({
  kind: v.picklist(modelReason.options.map(({ entries }) => entries.kind.literal)),
  text: says(text, 'In words.'),
  status: v.exactOptional(integer),
  signal: v.exactOptional(text),
  expected: v.exactOptional(v.boolean()),
  message: v.exactOptional(text),
});

const error = v.strictObject({ code: linkErrorCode, message: text });

/** A rule between two fields; the published schema says it with `anyOf`. */
export const ERROR_UNLESS_REACHABLE = 'error is null exactly when it is reachable';

export const statusSupervisor = v.pipe(
  v.strictObject({
    name: v.pipe(text, v.minLength(1)),
    url: says(text, 'Without credentials.'),
    reachable: v.boolean(),
    stale: says(v.boolean(), 'Its processes are only last known.'),
    state: v.nullable(daemonState),
    identification: v.nullable(text),
    version: v.nullable(text),
    apiVersion: v.nullable(text),
    pid: v.nullable(integer),
    latencyMs: v.nullable(v.pipe(v.number(), v.minValue(0))),
    source: says(nullableSource, 'Where changes are learned from.'),
    error: says(v.nullable(error), 'Null exactly when it is reachable.'),
    tags: v.array(text),
    readOnly: says(v.boolean(), 'Nobody may act on it.'),
    protected: says(v.boolean(), 'Acts on it are asked about twice.'),
  }),
  v.check(({ reachable, error }) => reachable === (error === null), ERROR_UNLESS_REACHABLE),
);

const lastCrash = v.strictObject({
  at: says(time, 'By the clock of who watches.'),
  reason: statusReason,
  lastLine: says(text, 'The last line that it wrote before; empty when it is not known.'),
});

export const statusProcess = v.strictObject({
  uid: says(text, 'supervisor:group:name'),
  supervisor: text,
  group: text,
  name: text,
  state,
  statecode: says(v.picklist(Object.values(PROCESS_STATE_CODES)), "supervisord's own number of the state."),
  pid: v.nullable(positive),
  startedAt: says(v.nullable(time), 'By the clock of the host; null when it never started.'),
  stoppedAt: says(v.nullable(time), 'By the clock of the host; null when it never stopped.'),
  uptimeSeconds: says(v.nullable(count), 'Null when it does not run.'),
  exitStatus: says(v.nullable(integer), 'Null unless its last run has exited by itself; -1: killed by a signal.'),
  spawnError: text,
  description: says(text, "supervisord's own words, as of the last reading: not to be parsed."),
  stdoutLog: says(text, 'Path on the host; empty when there is none.'),
  stderrLog: text,
  stale: v.boolean(),
  why: says(text, 'In words, why it is as it is; empty when there is nothing to say. Not to be parsed.'),
  restarts: says(count, 'Times that it was seen to start again by who watches; 0 for a look once.'),
  lastCrash: says(
    v.nullable(lastCrash),
    'The last time that it went down by itself, or could not be started; null when none was seen.',
  ),
  flapping: says(
    v.nullable(v.strictObject({ times: positive, minutes: positive })),
    'It ends unexpectedly again and again: how often, within how many minutes; null when it does not, and for a look once.',
  ),
  restarts24h: says(
    v.nullable(count),
    'Times that supervisord started it again within 24 hours, as far as the end of the main log tells; null: not known.',
  ),
  crashes24h: says(v.nullable(count), 'Times that it went down by itself or failed to start; as restarts24h.'),
  lastCrashAt: says(v.nullable(time), 'The last of these, by our clock; null when there was none, or it is not known.'),
});

const byState = v.strictObject(v.entriesFromList(PROCESS_STATES, v.exactOptional(positive)));

export const processCounts = v.strictObject({
  total: count,
  running: says(count, 'STARTING or RUNNING.'),
  stopped: says(count, 'All others that are known.'),
  unknown: says(count, 'UNKNOWN: also all of a supervisor that does not answer now, whatever was known of them last.'),
  byState: says(byState, 'States that occur.'),
});

const summary = v.strictObject({
  supervisors: v.strictObject({ total: count, up: count, down: count }),
  processes: processCounts,
});

export const status = v.strictObject({
  schema: v.literal('multivisor.status/v1'),
  generatedAt: time,
  name: text,
  supervisors: v.array(statusSupervisor),
  processes: v.array(statusProcess),
  summary,
});

export type StatusReason = DeepReadonly<v.InferOutput<typeof statusReason>>;
export type StatusSupervisor = DeepReadonly<v.InferOutput<typeof statusSupervisor>>;
export type StatusProcess = DeepReadonly<v.InferOutput<typeof statusProcess>>;
export type StatusSummary = DeepReadonly<v.InferOutput<typeof summary>>;
export type Status = DeepReadonly<v.InferOutput<typeof status>>;
