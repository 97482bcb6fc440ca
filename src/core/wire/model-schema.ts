// Both ends of the wire import these: the model as JSON, checked on the way in. Maps travel as lists.
import * as v from 'valibot';
import type {
  Delta,
  LinkError,
  LinkErrorCode,
  Process,
  ProcessReading,
  Snapshot,
  Supervisor,
  Transition,
} from '../model.ts';
import { PROCESS_STATES } from '../process-state.ts';

const text = v.string();
const nullableNumber = v.nullable(v.number());
const nullableText = v.nullable(text);
export const source = v.picklist(['event', 'log', 'poll']);
export const processState = v.picklist(PROCESS_STATES);
export const daemonState = v.picklist(['FATAL', 'RUNNING', 'RESTARTING', 'SHUTDOWN', 'UNKNOWN']);
export const processAction = v.picklist(['start', 'stop', 'restart', 'signal', 'clear']);
export const supervisorAction = v.picklist(['reread', 'update', 'reload', 'shutdown']);

export const reason = v.variant('kind', [
  v.object({ kind: v.literal('exit'), status: v.number(), expected: v.boolean() }),
  v.object({ kind: v.literal('signal'), signal: text, expected: v.boolean() }),
  v.object({ kind: v.literal('spawn-error'), message: text }),
  v.object({ kind: v.literal('gave-up'), message: text }),
  v.object({ kind: v.literal('restarted') }),
]);

export const processReading = v.object({
  group: text,
  name: text,
  state: processState,
  pid: nullableNumber,
  startedAt: nullableNumber,
  stoppedAt: nullableNumber,
  exitStatus: nullableNumber,
  spawnError: text,
  description: text,
  stdoutLog: text,
  stderrLog: text,
}) satisfies v.GenericSchema<unknown, ProcessReading>;

const process = v.object({
  ...processReading.entries,
  uid: text,
  supervisor: text,
  pending: v.nullable(processAction),
  restarts: v.number(),
  fall: v.nullable(v.object({ at: v.number(), reason, lastLine: text })),
  // Servers before 0.2.0 do not tell it.
  flapping: v.optional(v.nullable(v.object({ times: v.number(), minutes: v.number() })), null),
  note: v.exactOptional(text),
}) satisfies v.GenericSchema<unknown, Process>;

export const linkErrorCode = v.picklist([
  'refused',
  'unreachable',
  'timeout',
  'unauthorized',
  'forbidden',
  'not-supervisor',
  'protocol',
  'shutting-down',
  'closed',
]) satisfies v.GenericSchema<unknown, LinkErrorCode>;

export const linkError = v.object({
  code: linkErrorCode,
  message: text,
}) satisfies v.GenericSchema<unknown, LinkError>;

export const lastWords = v.object({ stream: v.picklist(['stdout', 'stderr']), lines: v.array(text) });

const supervisorFields = {
  name: text,
  url: text,
  host: text,
  tags: v.array(text),
  readOnly: v.boolean(),
  protected: v.boolean(),
  link: v.picklist(['connecting', 'up', 'down']),
  error: v.nullable(linkError),
  staleSince: nullableNumber,
  state: v.nullable(daemonState),
  identification: nullableText,
  version: nullableText,
  apiVersion: nullableText,
  pid: nullableNumber,
  source: v.nullable(source),
  sourceNote: text,
  agent: v.optional(nullableText, null),
  companions: v.exactOptional(v.array(text)),
  latencyMs: nullableNumber,
  pollMs: nullableNumber,
  clockOffsetMs: nullableNumber,
};

const change = v.variant('type', [
  v.object({ type: v.literal('supervisor'), supervisor: v.object(supervisorFields) }),
  v.object({ type: v.literal('supervisor-removed'), name: text }),
  v.object({ type: v.literal('order'), supervisors: v.array(text) }),
  v.object({ type: v.literal('process'), process }),
  v.object({ type: v.literal('process-removed'), uid: text }),
]);

const revision = v.pipe(v.number(), v.integer(), v.minValue(0));

export const delta = v.object({ from: revision, to: revision, changes: v.array(change) }) satisfies v.GenericSchema<
  unknown,
  Delta
>;

export const transition = v.object({
  id: v.number(),
  at: v.number(),
  uid: text,
  from: v.nullable(processState),
  to: processState,
  reason: v.nullable(reason),
  by: nullableText,
  source,
  pid: nullableNumber,
  lastWords: v.nullable(lastWords),
}) satisfies v.GenericSchema<unknown, Transition>;

export const wireSnapshot = v.object({
  name: text,
  epoch: text,
  revision,
  supervisors: v.array(v.object({ ...supervisorFields, processes: v.array(process) })),
});

export type WireSnapshot = v.InferOutput<typeof wireSnapshot>;

export function toWireSnapshot(snapshot: Snapshot): unknown {
  const supervisors = Array.from(snapshot.supervisors.values(), (supervisor) => ({
    ...supervisor,
    processes: [...supervisor.processes.values()],
  }));
  return { ...snapshot, supervisors };
}

export function fromWireSnapshot(wire: WireSnapshot): Snapshot {
  const supervisors = wire.supervisors.map((supervisor): [string, Supervisor] => {
    const processes = new Map(supervisor.processes.map((each) => [each.uid, each]));
    return [supervisor.name, { ...supervisor, processes }];
  });
  return { ...wire, supervisors: new Map(supervisors) };
}
