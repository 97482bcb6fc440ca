import * as v from 'valibot';
import type { LinkCall, LinkResult } from '../../../core/ports.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import { FAULT, toRefusal } from './faults.ts';
import type { Rpc } from './rpc.ts';
import { RpcFault } from './rpc.ts';

export type CommandOptions = { readonly signal: AbortSignal; readonly answerMs: number };

const differenceSchema = v.tuple([v.tuple([v.array(v.string()), v.array(v.string()), v.array(v.string())])]);
/** What a group call says of each of its members. */
const membersSchema = v.array(v.looseObject({ name: v.string(), status: v.number(), description: v.string() }));

const DONE: LinkResult = { ok: true, unchanged: false };
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
      await command('clearProcessLogs', call.target);
      return DONE;
    case 'signal':
      await command('signalProcess', call.target, call.signal);
      return DONE;
    case 'add-group':
      await command('addProcessGroup', call.group);
      return DONE;
    case 'remove-group':
      await command('removeProcessGroup', call.group);
      return DONE;
    case 'stop-group':
      return toGroupResult(await command('stopProcessGroup', call.group, false));
    case 'reread':
      return toDifference(await command('reloadConfig'));
    case 'reload':
      await command('restart');
      return DONE;
    case 'shutdown':
      await command('shutdown');
      return DONE;
  }
}

/** What was wished for and is so already is a success. */
function toResult(fault: RpcFault, call: LinkCall): LinkResult {
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

function toGroupResult(answer: unknown): LinkResult {
  const parsed = v.safeParse(membersSchema, answer);
  if (!parsed.success) return { ok: false, code: 'fault', message: 'supervisord answered stop with something else' };
  const refused = parsed.output.find(({ status }) => status !== FAULT.SUCCESS && status !== FAULT.NOT_RUNNING);
  if (!refused) return parsed.output.length > 0 ? DONE : UNCHANGED;
  const { code, message } = toRefusal(refused.status, refused.description);
  return { ok: false, code, message: `${refused.name}: ${message}` };
}
