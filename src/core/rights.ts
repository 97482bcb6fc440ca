// Who may do what to what. Enforced on the command path, so that no view and no server can forget it.
import type { Act, Actor } from './access/actor.ts';
import { refuseRole, toScope } from './access/actor.ts';
import type { Lease } from './access/lease.ts';
import { parseUid } from './ids.ts';
import type { Snapshot } from './model.ts';
import type { ProcessState } from './process-state.ts';
import type { LinkCall, OutcomeCode } from './ports.ts';
import { findProcess } from './engine/reduce.ts';

export type Refusal = { readonly ok: false; readonly code: OutcomeCode; readonly message: string };

export type AskedRight = { readonly actor: Actor; readonly act: Act; readonly lease: Lease };

/** Why this may not be done to this process now; null when it may. */
export function refuseTarget(snapshot: Snapshot, uid: string, asked: AskedRight): Refusal | null {
  const refusal = refuseSupervisor(snapshot, parseUid(uid)?.supervisor ?? '', asked);
  if (refusal) return refusal;
  const process = findProcess(snapshot, uid);
  if (!process) return NO_PROCESS;
  if (process.pending) return { ok: false, code: 'busy', message: `${process.pending} is under way on it` };
  return null;
}

/**
 * Why another multivisor may not make this call. It acts by primitive calls, each a part of an act, and has its own
 * commands under way: what ours have under way does not keep it, as two supervisorctl do not keep each other.
 */
export function refuseCall(snapshot: Snapshot, supervisor: string, asked: AskedCall): Refusal | null {
  const { call, ...who } = asked;
  const refusal = refuseSupervisor(snapshot, supervisor, { ...who, act: actOf(call) });
  if (refusal || !('target' in call)) return refusal;
  return findProcess(snapshot, `${supervisor}:${call.target}`) ? null : NO_PROCESS;
}

export type AskedCall = { readonly actor: Actor; readonly call: LinkCall; readonly lease: Lease };

function actOf(call: LinkCall): Act {
  switch (call.op) {
    case 'start':
    case 'stop':
    case 'signal':
    case 'clear':
    case 'reread':
    case 'reload':
    case 'shutdown':
      return call.op;
    case 'stop-group':
    case 'settings':
      return 'stop';
    case 'add-group':
    case 'remove-group':
      return 'update';
  }
}

const NO_PROCESS: Refusal = { ok: false, code: 'not-found', message: 'no such process' };

/** Why nothing more may be done by this right; null while it holds. */
export function refuseLease(lease: Lease): Refusal | null {
  const message = lease.refusal();
  return message === null ? null : { ok: false, code: 'not-allowed', message };
}

export function refuseSupervisor(snapshot: Snapshot, name: string, { actor, act, lease }: AskedRight): Refusal | null {
  const over = refuseLease(lease);
  if (over) return over;
  const supervisor = snapshot.supervisors.get(name);
  // What is out of scope is not told apart from what does not exist.
  if (!supervisor || !toScope(actor)(name)) return { ok: false, code: 'not-found', message: 'no such supervisor' };
  const tooLow = refuseRole(actor, act);
  if (tooLow) return { ok: false, code: 'not-allowed', message: tooLow };
  if (supervisor.readOnly) {
    return { ok: false, code: 'not-allowed', message: `${name} is read_only in the configuration` };
  }
  if (supervisor.link === 'up') return null;
  const why = supervisor.error?.message ?? 'it has not answered yet';
  return { ok: false, code: 'unreachable', message: why };
}

/** What an outcome may tell the actor of a process; null also when it is out of scope. */
export function stateFor(snapshot: Snapshot, uid: string, actor: Actor): ProcessState | null {
  if (!toScope(actor)(parseUid(uid)?.supervisor ?? '')) return null;
  return findProcess(snapshot, uid)?.state ?? null;
}
