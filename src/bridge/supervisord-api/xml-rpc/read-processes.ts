// Reads the answers of getAllProcessInfo and getProcessInfo by hand: 20 times as fast as a general XML-RPC parser, which
// would need 1.3 s of CPU per round over 100 supervisords of 100 processes. It knows only the XML that supervisord and
// its kin write; whatever else comes (comments, CDATA, other types, faults) is left to the general parser.
import * as v from 'valibot';
import type { ProcessReading } from '../../../core/model.ts';
import { toProcessState } from '../../../core/process-state.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import type { Readings } from '../../link/state-reader.ts';
import type { Slices } from '../../link/slices.ts';
import { inSlices } from '../../link/slices.ts';
import type { Scalar } from './fast-codec.ts';
import { answerStart, expect, isAnswerEnd, scanScalar } from './fast-codec.ts';
import { decodeAnswer } from './rpc.ts';

/** `<i8>` comes out of the general parser as text. */
const integer = v.union([
  v.pipe(v.number(), v.integer()),
  v.pipe(
    v.string(),
    v.regex(/^-?\d+$/),
    v.transform((text) => Number(text)),
  ),
]);

/** Far above what a configuration holds: each view compares and shows it again and again. */
const name = v.pipe(v.string(), v.maxLength(1_000));

const processSchema = v.object({
  group: name,
  name,
  state: integer,
  pid: integer,
  start: integer,
  stop: integer,
  now: integer,
  exitstatus: v.optional(integer, 0),
  spawnerr: v.optional(v.string(), ''),
  description: v.optional(v.string(), ''),
  stdout_logfile: v.optional(v.string(), ''),
  stderr_logfile: v.optional(v.string(), ''),
});

type ProcessFields = v.InferOutput<typeof processSchema>;

/** One supervisord with more would take minutes for each answer of its own. */
const MOST_PROCESSES = 10_000;

/** Throws RpcFault for a fault and LinkFailure for garbage. `place`: for the message. */
export async function readProcesses(xml: string, place: string): Promise<Readings> {
  const structs = await inSlices(scanStructs(xml));
  return toReadings(structs ?? (await decodeAnswer(xml, place)), place);
}

/** The decoded answer of getAllProcessInfo, or of getProcessInfo; throws LinkFailure for anything else. */
export async function toReadings(answer: unknown, place: string): Promise<Readings> {
  const items: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  if (items.length > MOST_PROCESSES) {
    throw new LinkFailure('protocol', `${place} told of more than ${MOST_PROCESSES} processes`);
  }
  const fields = await inSlices(checkFields(items, place));
  return { readings: fields.map(toReading), hostNow: fields.at(-1)?.now ?? null };
}

function* checkFields(items: readonly unknown[], place: string): Slices<readonly ProcessFields[]> {
  const fields: ProcessFields[] = [];
  for (const item of items) {
    const parsed = v.safeParse(processSchema, item, { abortEarly: true });
    if (!parsed.success) {
      const [issue] = parsed.issues;
      throw new LinkFailure(
        'protocol',
        `${place} told of its processes in a way that nobody understands: ${issue.message.slice(0, 200)}`,
      );
    }
    fields.push(parsed.output);
    yield;
  }
  return fields;
}

function toReading(fields: ProcessFields): ProcessReading {
  const state = toProcessState(fields.state);
  return {
    group: fields.group,
    name: fields.name,
    state,
    pid: fields.pid > 0 ? fields.pid : null,
    startedAt: fields.start > 0 ? fields.start : null,
    stoppedAt: fields.stop > 0 ? fields.stop : null,
    // Elsewhere it is 0 for "never exited", or what a stop on purpose made of it.
    exitStatus: state === 'EXITED' ? fields.exitstatus : null,
    spawnError: fields.spawnerr,
    description: fields.description,
    stdoutLog: fields.stdout_logfile,
    stderrLog: fields.stderr_logfile,
  };
}

type Struct = Record<string, Scalar>;

/** Null for whatever is not a plain list of flat structs of scalars, or one such struct. */
export function* scanStructs(xml: string): Slices<readonly Struct[] | null> {
  const start = answerStart(xml);
  if (start === null) return null;
  const listStart = expect(xml, start, ['<value>', '<array>', '<data>']);
  const structs: Struct[] = [];
  let at = listStart ?? start;
  for (;;) {
    const begin = expect(xml, at, ['<value>', '<struct>']);
    if (begin === null) break;
    const struct: Struct = {};
    const end = scanMembers(xml, begin, struct);
    if (end === null || structs.length > MOST_PROCESSES) return null;
    structs.push(struct);
    at = end;
    yield;
    if (listStart === null) break;
  }
  const end = listStart === null ? at : expect(xml, at, ['</data>', '</array>', '</value>']);
  if (end === null || !isAnswerEnd(xml, end)) return null;
  return listStart === null && structs.length === 0 ? null : structs;
}

/** Behind `</struct></value>`. */
function scanMembers(xml: string, from: number, struct: Struct): number | null {
  let at = from;
  for (let members = 0; members < MOST_MEMBERS; members++) {
    const name = expect(xml, at, ['<member>', '<name>']);
    if (name === null) return expect(xml, at, ['</struct>', '</value>']);
    const nameEnd = name + xml.slice(name, name + LONGEST_FIELD).indexOf('<');
    const value = nameEnd < name ? null : expect(xml, nameEnd, ['</name>', '<value>']);
    const found = value === null ? null : scanScalar(xml, value);
    const end = found === null ? null : expect(xml, found.end, ['</member>']);
    if (found === null || end === null) return null;
    struct[xml.slice(name, nameEnd)] = found.value;
    at = end;
  }
  return null;
}

const LONGEST_FIELD = 100;
const MOST_MEMBERS = 100;
