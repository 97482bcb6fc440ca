// Both ends import these: every message between a server and whoever looks through it.
import * as v from 'valibot';
import { ROLES } from '../access/actor.ts';
import type { Command, Outcome, SessionHistoryRequest, TailChunk, TailRequest } from '../ports.ts';
import { LONGEST_NAME } from '../sayable.ts';
import { alertsRequest, alertsResult } from './alerts-schema.ts';
import { historyPart } from './history-schema.ts';
import { difference, linkCall, linkResult, observation, outcomeCode } from './link-schema.ts';
import { delta, processAction, supervisorAction, transition, wireSnapshot } from './model-schema.ts';

/** Of the WebSocket. Another number is another protocol; within one, fields and messages are only added. */
export const SUBPROTOCOL = 'multivisor.v1';
/** What a server reads of one message. */
export const MAX_INBOUND_BYTES = 64 * 1024;
/** Targets of one command, over all its messages. */
export const MAX_TARGETS = 20_000;
/** Processes of one reread; whoever wants more has everything read. */
export const MAX_REREAD_NAMES = 50;
/** The capability of a server whose supervisors another multivisor can have as links of its own. */
export const LINKS = 'links';
/** The capability of a server that answers the link-call `settings`; others would end the line. */
export const SETTINGS = 'settings';
/** The capability of a server that can be asked about its alerts; others would end the line. */
export const ALERTS = 'alerts';

/** The capability of a server that tells what was before. */
export const HISTORY = 'history';

const text = v.string();
const id = v.pipe(v.number(), v.integer(), v.minValue(0));
const shortText = v.pipe(text, v.maxLength(1_000));
/** Of whatever a supervisord may have named: an act on one long name must not end the line of all. */
const longName = v.pipe(text, v.maxLength(LONGEST_NAME));
const targets = v.array(longName);
const positive = v.pipe(v.number(), v.minValue(0), v.maxValue(24 * 3_600_000));

export const commandSchema = v.variant('action', [
  v.object({
    action: processAction,
    targets,
    signal: v.exactOptional(v.pipe(text, v.regex(/^[A-Za-z0-9+-]{1,20}$/))),
    wait: v.exactOptional(v.boolean()),
    timeoutMs: v.exactOptional(positive),
    roll: v.exactOptional(
      v.object({ batch: v.pipe(v.number(), v.minValue(1)), pauseMs: positive, maxFailures: v.number() }),
    ),
  }),
  v.object({ action: supervisorAction, targets, timeoutMs: v.exactOptional(positive) }),
]) satisfies v.GenericSchema<unknown, Command>;

export const outcome = v.object({
  target: text,
  ok: v.boolean(),
  code: outcomeCode,
  message: text,
  from: v.nullable(text),
  to: v.nullable(text),
  difference: v.exactOptional(difference),
}) satisfies v.GenericSchema<unknown, Outcome>;

const tailRequest = v.object({
  uid: longName,
  stream: v.picklist(['stdout', 'stderr']),
  backlogBytes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(16 * 1024 * 1024)),
  follow: v.boolean(),
}) satisfies v.GenericSchema<unknown, TailRequest>;

const historyRequest = v.object({
  supervisors: v.exactOptional(targets),
  since: v.exactOptional(v.number()),
  until: v.exactOptional(v.number()),
  quick: v.exactOptional(v.literal(true)),
}) satisfies v.GenericSchema<unknown, SessionHistoryRequest>;

const tailChunk = v.variant('type', [
  v.object({ type: v.literal('text'), text }),
  v.object({ type: v.literal('gap'), reason: text }),
]) satisfies v.GenericSchema<unknown, TailChunk>;

export const clientMessage = v.variant('type', [
  /** First of all; `resume` names what the client still holds. */
  v.object({
    type: v.literal('hello'),
    resume: v.nullable(v.object({ epoch: shortText, revision: id })),
    /** No snapshot and nothing that follows on from one, only what is asked for: a server that has the capability. */
    only: v.exactOptional(v.literal(LINKS)),
  }),
  /** More targets of the command that will come under the same id: a message has a limit, a fleet has none. */
  v.object({ type: v.literal('targets'), id, targets }),
  v.object({ type: v.literal('command'), id, command: commandSchema }),
  /** Of a command or a link-call. `leave`: also what would stay down half-way is left as it is. */
  v.object({ type: v.literal('cancel'), id, leave: v.exactOptional(v.boolean()) }),
  v.object({ type: v.literal('tail-open'), id, request: tailRequest }),
  v.object({ type: v.literal('tail-close'), id }),
  v.object({ type: v.literal('history-open'), id, request: historyRequest }),
  v.object({ type: v.literal('history-close'), id }),
  v.object({ type: v.literal('refresh'), supervisors: targets }),
  /** From now on what the link of this supervisor tells. `watched`: somebody looks at its rows. */
  v.object({ type: v.literal('link-open'), id, supervisor: shortText, watched: v.boolean() }),
  v.object({ type: v.literal('link-attend'), id, watched: v.boolean() }),
  /** Reads these (`group:name`) again soon; none named: everything. */
  v.object({ type: v.literal('link-look'), id, names: v.pipe(v.array(longName), v.maxLength(MAX_REREAD_NAMES)) }),
  v.object({ type: v.literal('link-close'), id }),
  /** One primitive call; needs no open link. */
  v.object({ type: v.literal('link-call'), id, supervisor: shortText, call: linkCall }),
  v.object({ type: v.literal('alerts'), id, request: alertsRequest }),
  v.object({ type: v.literal('ping'), id }),
]);

export const serverMessage = v.variant('type', [
  v.object({
    type: v.literal('hello'),
    /** Of the program. */
    version: text,
    name: text,
    epoch: text,
    actor: v.object({ name: text, role: v.picklist(ROLES), supervisors: v.array(text) }),
    /** What this server does beyond the first version of the protocol. */
    capabilities: v.array(text),
  }),
  v.object({ type: v.literal('snapshot'), snapshot: wireSnapshot }),
  v.object({ type: v.literal('delta'), delta }),
  v.object({ type: v.literal('transitions'), transitions: v.array(transition) }),
  v.object({ type: v.literal('gap'), supervisor: text, message: text }),
  v.object({ type: v.literal('progress'), id, outcome }),
  v.object({ type: v.literal('outcomes'), id, outcomes: v.array(outcome) }),
  v.object({ type: v.literal('tail-chunk'), id, chunk: tailChunk }),
  v.object({
    type: v.literal('tail-end'),
    id,
    error: v.nullable(v.object({ code: outcomeCode, message: text })),
  }),
  v.object({ type: v.literal('history-part'), id, part: historyPart }),
  v.object({
    type: v.literal('history-end'),
    id,
    error: v.nullable(v.object({ code: outcomeCode, message: text })),
  }),
  /** First of all of an open link, and again when it changes: the engines from the server to the supervisor. */
  v.object({ type: v.literal('link-route'), id, engines: v.array(text) }),
  v.object({ type: v.literal('observation'), id, observation }),
  /** The link is not open any more, or never was. */
  v.object({ type: v.literal('link-end'), id, error: v.object({ code: outcomeCode, message: text }) }),
  v.object({ type: v.literal('link-result'), id, result: linkResult }),
  v.object({ type: v.literal('alerts-result'), id, result: alertsResult }),
  v.object({ type: v.literal('pong'), id }),
  /** Why the server is about to close; or what it could not do for one request. */
  v.object({ type: v.literal('error'), message: text }),
]);

export type ClientMessage = v.InferOutput<typeof clientMessage>;
export type ServerMessage = v.InferOutput<typeof serverMessage>;
