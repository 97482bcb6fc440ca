// A Session straight over an engine and its links, in one process.
import type { SharedSession } from '../access/actor-session.ts';
import { createActorSession } from '../access/actor-session.ts';
import type { Actor } from '../access/actor.ts';
import { toOwner } from '../access/actor.ts';
import type { Lease } from '../access/lease.ts';
import { FOREVER } from '../access/lease.ts';
import { createAttention } from './attention.ts';
import { runCommand } from '../commands/run-command.ts';
import type { CommandWorld } from '../commands/world.ts';
import type { EngineInput } from '../engine/handle.ts';
import { createEngine } from '../engine/engine.ts';
import type { FlappingRule } from '../flapping.ts';
import { parseUid } from '../ids.ts';
import type { Effect } from '../engine/turn.ts';
import { createLastWordsFetcher } from './last-words.ts';
import type { Observation } from '../observation.ts';
import type { Clock, LinkResult, Session, SessionEvent, SupervisorLink, WaitOptions } from '../ports.ts';
import { SessionError } from '../ports.ts';
import type { Relays } from './relays.ts';
import { createRelays } from './relays.ts';
import { refuseUnsayable } from '../sayable.ts';
import { raise, toFaultText } from '../own-faults.ts';
import type { SupervisorSpec } from '../engine/supervisor-info.ts';

export type Watched = { readonly spec: SupervisorSpec; readonly link: SupervisorLink };

export type LocalSessionOptions = {
  readonly name: string;
  /** Another one for each engine, so that nobody mixes up two of them. */
  readonly epoch: string;
  /** Who gives this session's commands, for the timeline. */
  readonly by: string;
  readonly supervisors: readonly Watched[];
  readonly clock: Clock;
  /** When a process counts as flapping; as by default when left out. */
  readonly flapping?: FlappingRule;
};

export type LocalSession = Session & {
  /** The same session as somebody else may have it, for as long as their right to it holds. */
  as(actor: Actor, lease?: Lease): Session;
  /** What another multivisor may have of one supervisor, as a link of its own. */
  readonly relays: Relays;
  /** Hears every event without counting as a viewer: nobody is looking at the rows. Returns the unsubscriber. */
  overhear(listener: (event: SessionEvent) => void): () => void;
  /** Has these processes of a supervisor read now (none named: all); settles when the answer or a failure is in. */
  awaitReread(supervisor: string, names: readonly string[], options: WaitOptions): Promise<void>;
  /** Watches these from now on. One whose link is the same object goes on undisturbed; the links of others are ended. */
  reconfigure(supervisors: readonly Watched[]): void;
};

type Watching = { readonly link: SupervisorLink; readonly ending: AbortController; readonly run: Promise<void> };

/** Links begin at once. The engine is as patient as its links: `close` must be called to end them, and waits for what is half done. */
export function createLocalSession(options: LocalSessionOptions): LocalSession {
  const { clock } = options;
  const engine = createEngine({ ...options, supervisors: options.supervisors.map(({ spec }) => spec) });
  const watching = new Map<string, Watching>();
  const listeners = new Set<(event: SessionEvent) => void>();
  /** Nothing more is begun. */
  const ending = new AbortController();
  const closing = new AbortController();
  const commands = new Set<Promise<unknown>>();
  /** Waiting for a reading. */
  const readers = new Set<(supervisor: string, read: Read) => void>();
  /** Of links that are not watched any more, until they have ended. */
  const endings = new Set<Promise<void>>();
  const attention = createAttention(watching);
  let cancelWake: (() => void) | null = null;
  let wakeAt = Infinity;

  const among = (): number => watching.size;
  const linkOf = (supervisor: string): SupervisorLink | undefined => watching.get(supervisor)?.link;

  const tail: Session['tail'] = (request, { signal }) => {
    const link = linkOf(parseUid(request.uid)?.supervisor ?? '');
    if (!link) throw new SessionError('not-found', `no such process: ${request.uid}`);
    return link.tail(request, { signal: AbortSignal.any([signal, closing.signal]) });
  };

  const lastWords = createLastWordsFetcher({
    clock,
    onFailure: (uid, error) => tellFault(parseUid(uid)?.supervisor ?? '', error),
    tail,
    deliver: (uid, transition, words) => feed({ type: 'last-words', uid, transition, words }),
    signal: closing.signal,
  });

  const feed = (input: EngineInput): void => {
    if (closing.signal.aborted) return;
    const { events, effects } = engine.handle(input, { now: clock.now(), monotonic: clock.monotonic() });
    effects.forEach(perform);
    for (const event of events) tellAll(event);
  };

  const perform = (effect: Effect): void => {
    switch (effect.type) {
      case 'wake':
        return wake(effect.at);
      case 'reread':
        return watching.forEach(({ link }) => link.reread([]));
      case 'fetch-last-words':
        return lastWords.fetch(effect.uid, effect.transition);
    }
  };

  /** A listener that throws keeps nobody else from hearing, and does not end the link whose news it was. */
  const tellAll = (event: SessionEvent): void => {
    for (const listener of Array.from(listeners)) {
      try {
        listener(event);
      } catch (error) {
        raise(error);
      }
    }
  };
  const tellFault = (supervisor: string, error: unknown): void =>
    feed({ type: 'observed', supervisor, observation: { type: 'gap', message: `a fault: ${toFaultText(error)}` } });

  const wake = (at: number): void => {
    if (at >= wakeAt) return;
    cancelWake?.();
    wakeAt = at;
    cancelWake = clock.after(Math.max(0, at - clock.monotonic()), () => {
      wakeAt = Infinity;
      feed({ type: 'tick' });
    });
  };

  const overhear = (listener: (event: SessionEvent) => void): (() => void) => {
    // Each subscription is its own, also of a function that subscribes twice.
    const own = (event: SessionEvent) => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  };

  const subscribe = (listener: (event: SessionEvent) => void): (() => void) => {
    const unhear = overhear(listener);
    const ignore = attention.pay(null);
    return () => {
      unhear();
      ignore();
    };
  };

  const watch = ({ spec, link }: Watched): void => {
    const ending = new AbortController();
    const signal = AbortSignal.any([ending.signal, closing.signal]);
    const observe = (observation: Observation) => {
      if (signal.aborted) return;
      feed({ type: 'observed', supervisor: spec.name, observation });
      const read = toRead(observation, clock.monotonic());
      if (read) Array.from(readers, (reader) => reader(spec.name, read));
      relays.observed(spec.name, observation);
    };
    const through = (engines: readonly string[]) => {
      if (!signal.aborted) relays.routed(spec.name, engines);
    };
    const route = { self: options.epoch, through };
    const run = runAgain(() => link.run(observe, { signal, among, route }), { clock, signal, observe });
    watching.set(spec.name, { link, ending, run });
    attention.tell(spec.name);
  };

  const unwatch = (name: string): void => {
    const watched = watching.get(name);
    if (!watched) return;
    watching.delete(name);
    watched.ending.abort();
    relays.ended(name);
    endings.add(watched.run);
    void watched.run.finally(() => endings.delete(watched.run));
  };

  const awaitReread: LocalSession['awaitReread'] = (name, names, { signal }) =>
    new Promise((resolve) => {
      const link = linkOf(name);
      if (!link || signal.aborted) return resolve();
      const finish = () => {
        readers.delete(reader);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const since = clock.monotonic() - CLOCK_STEP_MS;
      const reader = (supervisor: string, { type, askedAt }: Read) => {
        // An answer that was under way already tells of before.
        if (supervisor === name && askedAt >= since && (type !== 'some' || names.length > 0)) finish();
      };
      readers.add(reader);
      signal.addEventListener('abort', finish, { once: true });
      link.reread(names);
    });

  const reconfigure = (supervisors: readonly Watched[]): void => {
    const fresh = supervisors.filter(({ spec, link }) => linkOf(spec.name) !== link);
    const kept = new Set(supervisors.filter((each) => !fresh.includes(each)).map(({ spec }) => spec.name));
    Array.from(watching.keys(), (name) => kept.has(name) || unwatch(name));
    const specs = supervisors.map(({ spec }) => spec);
    feed({ type: 'configured', supervisors: specs, fresh: fresh.map(({ spec }) => spec.name) });
    fresh.forEach(watch);
  };

  const world: CommandWorld = {
    clock,
    snapshot: engine.snapshot,
    timeline: engine.timeline,
    subscribe,
    call: async (supervisor, call, wait) => {
      const link = linkOf(supervisor);
      if (!link) return NO_SUPERVISOR;
      const refusal = refuseUnsayable(call);
      if (refusal) return refusal;
      try {
        return await link.call(call, wait);
      } catch (error) {
        if (wait.signal.aborted) return { ok: false, code: 'cancelled', message: 'cancelled; it may have been done' };
        // A fault of the link: the command that made the call still has an outcome.
        return { ok: false, code: 'fault', message: `the call failed: ${toFaultText(error)}` };
      }
    },
    reread: (supervisor, names) => linkOf(supervisor)?.reread(names),
    setPending: (uid, action, by) => feed({ type: 'pending', uids: [uid], action, by }),
  };

  const relays = createRelays({
    self: options.epoch,
    attention,
    snapshot: engine.snapshot,
    now: () => clock.now(),
    call: (supervisor, call, { signal }) =>
      world.call(supervisor, call, { signal: AbortSignal.any([signal, closing.signal]) }),
    reread: world.reread,
    setAsked: (uids, action, by) => feed({ type: 'asked', uids, action, by }),
  });

  const shared: SharedSession = {
    snapshot: engine.snapshot,
    timeline: engine.timeline,
    subscribe,
    tail,
    sendAs: (actor, command, { signal, leave, progress, lease }) => {
      const running = runCommand(world, command, {
        signal: AbortSignal.any([signal, ending.signal]),
        leave: AbortSignal.any([leave ?? NEVER, closing.signal]),
        actor,
        lease,
        progress: progress ?? (() => {}),
      });
      commands.add(running);
      return running.finally(() => commands.delete(running));
    },
    reread: (names) => {
      const chosen = names.length === 0 ? [...watching.keys()] : names;
      chosen.forEach((name) => linkOf(name)?.reread([]));
    },
  };

  options.supervisors.forEach(watch);

  return {
    ...shared,
    connection: () => ({ state: 'live' }),
    send: (command, wait) => shared.sendAs(toOwner(options.by), command, { ...wait, lease: FOREVER }),
    as: (actor, lease = FOREVER) => createActorSession(shared, actor, lease),
    relays,
    overhear,
    awaitReread,
    reconfigure,
    close: async () => {
      ending.abort();
      // A restart that was told to stop its process still starts it again, for which the links must go on.
      await Promise.all(commands);
      closing.abort();
      cancelWake?.();
      await Promise.all([...Array.from(watching.values(), ({ run }) => run), ...endings]);
    },
  };
}

type Rerun = { readonly clock: Clock; readonly signal: AbortSignal; readonly observe: (seen: Observation) => void };

/** A link never rejects for what the outside does. If a fault of ours ends one all the same, it begins anew. */
async function runAgain(run: () => Promise<void>, { clock, signal, observe }: Rerun): Promise<void> {
  while (!signal.aborted) {
    try {
      return await run();
    } catch (error) {
      if (signal.aborted) return;
      const message = `its link failed and begins anew: ${toFaultText(error)}`;
      try {
        observe({ type: 'down', error: { code: 'protocol', message } });
      } catch (other) {
        raise(other);
      }
    }
    await new Promise<void>((resolve) => {
      const cancel = clock.after(RERUN_MS, resolve);
      signal.addEventListener('abort', () => (cancel(), resolve()), { once: true });
    });
  }
}

const RERUN_MS = 2_000;

/** A clock tells whole milliseconds, how long ago something was asked is told in parts of them. */
const CLOCK_STEP_MS = 1;

type Read = { readonly type: 'all' | 'some' | 'down'; readonly askedAt: number };

function toRead(observation: Observation, now: number): Read | null {
  const { type } = observation;
  if (type === 'down') return { type, askedAt: now };
  return type === 'all' || type === 'some' ? { type, askedAt: now - (observation.askedMsAgo ?? 0) } : null;
}

const NEVER = new AbortController().signal;

const NO_SUPERVISOR: LinkResult = { ok: false, code: 'not-found', message: 'no such supervisor' };
