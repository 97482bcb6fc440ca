import type { LinkCall, LinkResult, WaitOptions } from '../core/ports.ts';
import type { Relay, RelayListener } from '../core/session/relays.ts';
import type { Refusal } from '../core/rights.ts';
import { countUp } from './counters.ts';
import type { Door, Visit } from './door.ts';

export type ActorRelays = {
  open(supervisor: string, listener: RelayListener): Relay | Refusal;
  call(supervisor: string, call: LinkCall, options: WaitOptions): Promise<LinkResult>;
};

/** The relays of somebody who was let in: as far as they may, and every call of theirs is written down. */
export function openRelays(door: Door, { identity, client, lease }: Visit): ActorRelays {
  const { relays } = door.session;
  const { actor } = identity;
  return {
    open: (supervisor, listener) => relays.open({ actor, supervisor, lease }, listener),
    call: async (supervisor, call, options) => {
      const unwritten = await door.audit.announce(call.op, client, identity);
      if (unwritten !== null) return { ok: false, code: 'not-allowed', message: unwritten };
      const result = await relays.call({ actor, supervisor, lease }, call, options);
      const code = result.ok ? (result.unchanged ? 'unchanged' : 'ok') : result.code;
      countUp(door.counters.commands, `${call.op} ${code}`);
      const outcomes = [{ target: targetOf(supervisor, call), ok: result.ok, code }];
      door.audit({ event: 'command', command: call.op, relayed: true, outcomes }, client, identity);
      return result;
    },
  };
}

function targetOf(supervisor: string, call: LinkCall): string {
  if ('target' in call) return `${supervisor}:${call.target}`;
  return 'group' in call ? `${supervisor}:${call.group}` : supervisor;
}
