// For another multivisor that has a supervisor of ours as a link of its own: everything that the real link tells, in
// order, and calls to it, as far as its actor may.
import type { Actor } from '../access/actor.ts';
import { toScope } from '../access/actor.ts';
import type { Lease } from '../access/lease.ts';
import { FOREVER } from '../access/lease.ts';
import type { Attention } from './attention.ts';
import { didYouMean } from '../config/nearest.ts';
import { toObservations } from './known-state.ts';
import type { ProcessAction, Snapshot, Supervisor } from '../model.ts';
import type { Observation } from '../observation.ts';
import type { LinkCall, LinkResult, WaitOptions } from '../ports.ts';
import { isAlive } from '../process-state.ts';
import type { Refusal } from '../rights.ts';
import { refuseCall, refuseLease } from '../rights.ts';

/** What a relay tells of, as it happens. */
export type RelayListener = {
  onObservation(observation: Observation): void;
  /** The route is another one now. */
  onRoute(engines: readonly string[]): void;
  /** The configuration changed: it is not there any more, or not the same. Last. */
  onEnd(reason: Refusal): void;
};

export type Relay = {
  readonly ok: true;
  /** The engines from here to the supervisor, ours first. */
  route(): readonly string[];
  /** What is known now; what happens next comes after it. */
  state(): readonly Observation[];
  reread(names: readonly string[]): void;
  attend(watched: boolean): void;
  close(): void;
};

/** Without a lease the right to it is for ever. */
export type RelayTarget = { readonly actor: Actor; readonly supervisor: string; readonly lease?: Lease };

export type Relays = {
  open(target: RelayTarget, listener: RelayListener): Relay | Refusal;
  /** Rights are checked here. Never rejects. */
  call(target: RelayTarget, call: LinkCall, options: WaitOptions): Promise<LinkResult>;
};

/** For whoever runs the links. */
export type RelayHub = Relays & {
  observed(supervisor: string, observation: Observation): void;
  routed(supervisor: string, engines: readonly string[]): void;
  ended(supervisor: string): void;
};

export type RelayWorld = {
  /** The epoch of the engine. */
  readonly self: string;
  readonly attention: Attention;
  snapshot(): Snapshot;
  now(): number;
  call(supervisor: string, call: LinkCall, options: WaitOptions): Promise<LinkResult>;
  reread(supervisor: string, names: readonly string[]): void;
  setAsked(uids: readonly string[], action: ProcessAction | null, by: string): void;
};

type Open = { readonly listener: RelayListener; readonly attend: (watched: boolean) => void };

export function createRelays(world: RelayWorld): RelayHub {
  const relays = new Map<string, Set<Open>>();
  const routes = new Map<string, readonly string[]>();
  const routeOf = (supervisor: string) => [world.self, ...(routes.get(supervisor) ?? [])];
  const tell = (supervisor: string, say: (listener: RelayListener) => void) =>
    Array.from(relays.get(supervisor) ?? [], ({ listener }) => say(listener));

  const open: Relays['open'] = ({ actor, supervisor: name, lease = FOREVER }, listener) => {
    const over = refuseLease(lease);
    if (over) return over;
    const { supervisors } = world.snapshot();
    const inScope = toScope(actor);
    if (!supervisors.has(name) || !inScope(name)) {
      const known = [...supervisors.keys()].filter(inScope);
      return { ok: false, code: 'not-found', message: `it has no supervisor "${name}"${didYouMean(name, known)}` };
    }
    let unattend: (() => void) | null = null;
    const relay: Open = {
      listener,
      attend: (watched) => {
        if (watched && lease.refusal() !== null) return;
        if (!watched) unattend?.();
        unattend = watched ? (unattend ?? world.attention.pay(name)) : null;
      },
    };
    const all = relays.get(name) ?? new Set();
    relays.set(name, all.add(relay));
    const known = () => world.snapshot().supervisors.get(name);
    const end = () => {
      if (!all.delete(relay)) return;
      relay.attend(false);
      listener.onEnd(refuseLease(lease) ?? { ok: false, code: 'not-allowed', message: 'the right to it has ended' });
    };
    lease.ended.addEventListener('abort', end, { once: true });
    return {
      ok: true,
      route: () => routeOf(name),
      state: () => {
        const supervisor = known();
        return supervisor ? toObservations(supervisor, world.now()) : [];
      },
      reread: (names) => {
        // What nobody knows here is looked for among everything: its name need not be one that supervisord can read.
        const areKnown = names.every((rpcName) => known()?.processes.has(`${name}:${rpcName}`));
        if (all.has(relay) && lease.refusal() === null) world.reread(name, areKnown ? names : []);
      },
      attend: (watched) => {
        if (all.has(relay)) relay.attend(watched);
      },
      close: () => {
        lease.ended.removeEventListener('abort', end);
        all.delete(relay);
        relay.attend(false);
      },
    };
  };

  return {
    open,
    call: async ({ actor, supervisor: name, lease = FOREVER }, call, { signal }) => {
      const supervisor = world.snapshot().supervisors.get(name);
      const refusal = refuseCall(world.snapshot(), name, { actor, lease, call });
      if (refusal || !supervisor) return refusal ?? { ok: false, code: 'not-found', message: 'no such supervisor' };
      const { uids, action } = concerns(supervisor, call);
      world.setAsked(uids, action, actor.name);
      const result = await world.call(name, call, { signal: AbortSignal.any([signal, lease.ended]) });
      if (!result.ok || result.unchanged) world.setAsked(uids, null, actor.name);
      return result;
    },
    observed: (supervisor, observation) => tell(supervisor, (listener) => listener.onObservation(observation)),
    routed: (supervisor, engines) => {
      routes.set(supervisor, engines);
      tell(supervisor, (listener) => listener.onRoute(routeOf(supervisor)));
    },
    ended: (supervisor) => {
      const all = relays.get(supervisor) ?? new Set();
      const told = [...all];
      all.clear();
      relays.delete(supervisor);
      routes.delete(supervisor);
      for (const { listener, attend } of told) {
        attend(false);
        listener.onEnd({ ok: false, code: 'not-found', message: 'its configuration has changed' });
      }
    },
  };
}

/** Whose transitions the call is to be seen behind; its own effect does not wait for what a whole command does. */
function concerns(
  supervisor: Supervisor,
  call: LinkCall,
): { readonly uids: readonly string[]; readonly action: ProcessAction | null } {
  switch (call.op) {
    case 'start':
    case 'stop':
    case 'signal':
      return { uids: [`${supervisor.name}:${call.target}`], action: call.op };
    case 'stop-group': {
      const alive = [...supervisor.processes.values()].filter(
        ({ group, state }) => group === call.group && isAlive(state),
      );
      return { uids: alive.map(({ uid }) => uid), action: 'stop' };
    }
    case 'clear':
    case 'reread':
    case 'add-group':
    case 'remove-group':
    case 'reload':
    case 'shutdown':
    case 'settings':
      return { uids: [], action: null };
  }
}
