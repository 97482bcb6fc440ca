import * as v from 'valibot';
import type { LinkCall, LinkResult } from '../../../core/ports.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import { FAULT, toRefusal } from './faults.ts';
import type { Dialect } from './go-dialect.ts';
import { isHaste } from './go-dialect.ts';
import type { Rpc } from './rpc.ts';
import { RpcFault } from './rpc.ts';

export type CommandOptions = {
  readonly signal: AbortSignal;
  readonly answerMs: number;
  /** supervisord's own when left out. */
  readonly dialect?: Dialect;
};

const names = v.array(v.string());
const difference = v.tuple([names, names, names]);
/** In Go it is not a list of one. */
const differenceSchema = v.union([
  v.tuple([difference]),
  v.pipe(
    difference,
    v.transform((only) => [only] as const),
  ),
]);
/** What a group call says of each of its members. */
const membersSchema = v.array(v.looseObject({ name: v.string(), status: v.number(), description: v.string() }));

/** Text, where it ends, whether more was written than could be told. */
const tailSchema = v.looseTuple([v.unknown(), v.number()]);
const settingsSchema = v.array(
  v.looseObject({
    group: v.string(),
    name: v.string(),
    stopwaitsecs: v.optional(v.number()),
    startsecs: v.optional(v.number()),
  }),
);

const DONE = { ok: true, unchanged: false } as const satisfies LinkResult;
const UNCHANGED: LinkResult = { ok: true, unchanged: true };

/** One call, never waiting for the state to be reached; expected refusals are data. Throws only when aborted. */
export async function runCall(rpc: Pick<Rpc, 'command'>, call: LinkCall, options: CommandOptions): Promise<LinkResult> {
  try {
    return await perform(rpc, call, options);
  } catch (error) {
    if (error instanceof RpcFault) return toResult(error, call);
    if (options.signal.aborted) return { ok: false, code: 'cancelled', message: 'cancelled; it may have been done' };
    if (!(error instanceof LinkFailure)) throw error;
    // supervisord takes its listener down with itself, at times before the answer has gone through it.
    if (error.code === 'closed' && (call.op === 'reload' || call.op === 'shutdown')) return DONE;
    // It was sent: whether it was done nobody knows.
    if (error.code === 'timeout') return { ok: false, code: 'timeout', message: error.message };
    return { ok: false, code: 'unreachable', message: error.message };
  }
}

async function perform(rpc: Pick<Rpc, 'command'>, call: LinkCall, options: CommandOptions): Promise<LinkResult> {
  const command = (method: string, ...params: unknown[]) => rpc.command(`supervisor.${method}`, { ...options, params });
  switch (call.op) {
    case 'start':
      await command('startProcess', call.target, false);
      return DONE;
    case 'stop':
      await command('stopProcess', call.target, false);
      return DONE;
    case 'clear':
      return clear(command, call.target);
    case 'signal':
      await command('signalProcess', call.target, call.signal);
      return DONE;
    case 'add-group':
      await command('addProcessGroup', call.group);
      // In Go it is added and no more.
      if (options.dialect?.isGo) await command('startProcessGroup', call.group, false);
      return DONE;
    case 'remove-group':
      await command('removeProcessGroup', call.group);
      return DONE;
    case 'stop-group':
      if (options.dialect?.isGo) return stopMembers(command, call.group);
      return toGroupResult(await command('stopProcessGroup', call.group, false));
    case 'reread':
      return toDifference(await command('reloadConfig'));
    case 'reload':
      await command('restart');
      return DONE;
    case 'shutdown':
      await command('shutdown');
      return DONE;
    case 'settings':
      return toSettings(await command('getAllConfigInfo'));
  }
}

type AskSupervisord = (method: string, ...params: unknown[]) => Promise<unknown>;

const memberSchema = v.array(v.looseObject({ group: v.string(), name: v.string(), pid: v.number() }));

/** In Go a group that is told to stop stops what does not run. */
async function stopMembers(command: AskSupervisord, group: string): Promise<LinkResult> {
  const all = v.safeParse(memberSchema, await command('getAllProcessInfo'));
  const running = (all.success ? all.output : []).filter((each) => each.group === group && each.pid > 0);
  for (const { name } of running) {
    try {
      await command('stopProcess', `${group}:${name}`, false);
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
      const result = toResult(error, { op: 'stop', target: `${group}:${name}` });
      if (!result.ok) return result;
    }
  }
  return running.length > 0 ? DONE : UNCHANGED;
}

/**
 * supervisord removes the path of a log whatever it is, also a device, a pipe or a socket. It says success where it
 * emptied nothing (#804), so the lengths before and after are compared.
 */
async function clear(command: AskSupervisord, target: string): Promise<LinkResult> {
  const before: number[] = [];
  for (const stream of STREAMS) {
    if (!(await isPlain(command, target, stream))) return { ok: false, code: 'not-allowed', message: NO_PLAIN_FILE };
    before.push(await lengthOf(command, target, stream));
  }
  // Nothing to empty: and what has no length may be a device that can be read at any place, such as /dev/null.
  if (before.every((bytes) => bytes === 0)) return UNCHANGED;
  await command('clearProcessLogs', target);
  const after: number[] = [];
  for (const stream of STREAMS) after.push(await lengthOf(command, target, stream));
  return { ...DONE, kept: after.every((bytes, index) => bytes >= (before[index] ?? 0)) };
}

const STREAMS = ['Stdout', 'Stderr'] as const;
const NO_PLAIN_FILE = 'its log is no plain file (a device, a pipe, a socket?): supervisord would delete it';
/** Behind the end of any log, where there is nothing that could not be decoded; the largest number of XML-RPC. */
const BEHIND_THE_END = 2 ** 31 - 1;

/** True also where there is none. What cannot be read at a place of one's choice is no plain file. */
async function isPlain(command: AskSupervisord, target: string, stream: string): Promise<boolean> {
  try {
    await command(`readProcess${stream}Log`, target, BEHIND_THE_END, 1);
    return true;
  } catch (error) {
    if (error instanceof RpcFault && error.faultCode === FAULT.FAILED) return false;
    if (error instanceof RpcFault && error.faultCode === FAULT.NO_FILE) return true;
    throw error;
  }
}

/** Bytes; 0 where there is no file. */
async function lengthOf(command: AskSupervisord, target: string, stream: string): Promise<number> {
  const tail = v.safeParse(tailSchema, await command(`tailProcess${stream}Log`, target, BEHIND_THE_END, 0));
  return tail.success ? tail.output[1] : 0;
}

/** What was wished for and is so already is a success. */
function toResult(fault: RpcFault, call: LinkCall): LinkResult {
  if ((call.op === 'start' || call.op === 'stop') && isHaste({ code: fault.faultCode, text: fault.message }))
    return DONE;
  if (call.op === 'start' && fault.faultCode === FAULT.ALREADY_STARTED) return UNCHANGED;
  if (call.op === 'stop' && fault.faultCode === FAULT.NOT_RUNNING) return UNCHANGED;
  if (call.op === 'add-group' && fault.faultCode === FAULT.ALREADY_ADDED) return UNCHANGED;
  return { ok: false, ...toRefusal(fault.faultCode, fault.message) };
}

function toDifference(answer: unknown): LinkResult {
  const parsed = v.safeParse(differenceSchema, answer);
  if (!parsed.success) return { ok: false, code: 'fault', message: 'supervisord answered reread with something else' };
  const [[added, changed, removed]] = parsed.output;
  return { ok: true, unchanged: false, difference: { added, changed, removed } };
}

/** Before 4.0 there is no word of them. */
function toSettings(answer: unknown): LinkResult {
  const parsed = v.safeParse(settingsSchema, answer);
  const settings = (parsed.success ? parsed.output : []).flatMap(({ group, name, stopwaitsecs, startsecs }) =>
    stopwaitsecs === undefined || startsecs === undefined
      ? []
      : [{ name: `${group}:${name}`, stopWaitSecs: stopwaitsecs, startSecs: startsecs }],
  );
  return { ...DONE, settings };
}

function toGroupResult(answer: unknown): LinkResult {
  const parsed = v.safeParse(membersSchema, answer);
  if (!parsed.success) return { ok: false, code: 'fault', message: 'supervisord answered stop with something else' };
  const refused = parsed.output.find(({ status }) => status !== FAULT.SUCCESS && status !== FAULT.NOT_RUNNING);
  if (!refused) return parsed.output.length > 0 ? DONE : UNCHANGED;
  const { code, message } = toRefusal(refused.status, refused.description);
  return { ok: false, code, message: `${refused.name}: ${message}` };
}
