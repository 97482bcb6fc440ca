// A Session straight over an engine and its links, in one process.
import type { SharedSession } from '../access/actor-session.ts';
import { createActorSession } from '../access/actor-session.ts';
import type { Actor } from '../access/actor.ts';
import { toOwner } from '../access/actor.ts';
import type { Lease } from '../access/lease.ts';
import { FOREVER } from '../access/lease.ts';
import type { Attention } from './attention.ts';
import { createAttention } from './attention.ts';
import { runCommand } from '../commands/run-command.ts';
import type { CommandWorld } from '../commands/world.ts';
import type { EngineInput } from '../engine/handle.ts';
import { createEngine } from '../engine/engine.ts';
import type { FlappingRule } from '../flapping.ts';
import { parseUid } from '../ids.ts';
import type { Effect } from '../engine/turn.ts';
import { createHistory } from './histories.ts';
import { createLastWordsFetcher } from './last-words.ts';
import type { Clock, LinkResult, Session, SessionEvent, SupervisorLink, WaitOptions } from '../ports.ts';
import { SessionError } from '../ports.ts';
import type { Relays } from './relays.ts';
import { createRelays } from './relays.ts';
import { createRereads } from './rereads.ts';
import { refuseUnsayable } from '../sayable.ts';
import { raise, toFaultText } from '../own-faults.ts';
import type { Watched } from './watched-links.ts';
import { createWatchedLinks } from './watched-links.ts';

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
  /** Begins nothing more, and waits for what is half done, however long that takes: `close` waits for no less. */
  settle(): Promise<void>;
};

/** Links begin at once. The engine is as patient as its links: `close` must be called to end them, and waits for what is half done. */
export function createLocalSession(options: LocalSessionOptions): LocalSession {
  const { clock } = options;
  const engine = createEngine({ ...options, supervisors: options.supervisors.map(({ spec }) => spec) });
  const closing = new AbortController();
  const links = createWatchedLinks({
    clock,
    self: options.epoch,
    signal: closing.signal,
    observed: (supervisor, observation) => {
      feed({ type: 'observed', supervisor, observation });
      rereads.observed(supervisor, observation);
      relays.observed(supervisor, observation);
    },
    routed: (supervisor, engines) => relays.routed(supervisor, engines),
  });
  const { watching } = links;
  const attention = createAttention(watching);
  const { tellAll, overhear, subscribe } = createListeners(attention);
  const alarm = createAlarm(clock, () => feed({ type: 'tick' }));

  const linkOf = (supervisor: string): SupervisorLink | undefined => watching.get(supervisor)?.link;
  const rereads = createRereads(clock, linkOf);

  const tail: Session['tail'] = (request, { signal }) => {
    const link = linkOf(parseUid(request.uid)?.supervisor ?? '');
    if (!link) throw new SessionError('not-found', `no such process: ${request.uid}`);
    return link.tail(request, { signal: AbortSignal.any([signal, closing.signal]) });
  };

  const history = createHistory({ names: () => [...watching.keys()], linkOf, signal: closing.signal });

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
        return alarm.setAt(effect.at);
      case 'reread':
        return watching.forEach(({ link }) => link.reread([]));
      case 'fetch-last-words':
        return lastWords.fetch(effect.uid, effect.transition);
    }
  };

  const tellFault = (supervisor: string, error: unknown): void =>
    feed({ type: 'observed', supervisor, observation: { type: 'gap', message: `a fault: ${toFaultText(error)}` } });

  const watch = (watched: Watched): void => {
    links.watch(watched);
    attention.tell(watched.spec.name);
  };

  const reconfigure = (supervisors: readonly Watched[]): void => {
    const fresh = supervisors.filter(({ spec, link }) => linkOf(spec.name) !== link);
    const kept = new Set(supervisors.filter((each) => !fresh.includes(each)).map(({ spec }) => spec.name));
    for (const name of Array.from(watching.keys())) {
      if (kept.has(name)) continue;
      links.unwatch(name);
      relays.ended(name);
    }
    const specs = supervisors.map(({ spec }) => spec);
    feed({ type: 'configured', supervisors: specs, fresh: fresh.map(({ spec }) => spec.name) });
    fresh.forEach(watch);
  };

  const world: CommandWorld = {
    clock,
    snapshot: engine.snapshot,
    timeline: engine.timeline,
    subscribe,
    call: (supervisor, call, wait) => callLink(linkOf(supervisor), call, wait),
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

  const commands = createCommandRunner(world, closing.signal);
  const shared: SharedSession = {
    snapshot: engine.snapshot,
    timeline: engine.timeline,
    subscribe,
    tail,
    history,
    sendAs: commands.sendAs,
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
    awaitReread: rereads.await,
    reconfigure,
    settle: commands.settle,
    close: async () => {
      await commands.settle();
      closing.abort();
      alarm.cancel();
      await links.ended();
    },
  };
}

function createCommandRunner(world: CommandWorld, closing: AbortSignal) {
  /** Nothing more is begun. */
  const ending = new AbortController();
  const commands = new Set<Promise<unknown>>();
  const sendAs: SharedSession['sendAs'] = (actor, command, { signal, leave, progress, lease }) => {
    const running = runCommand(world, command, {
      signal: AbortSignal.any([signal, ending.signal]),
      leave: AbortSignal.any([leave ?? NEVER, closing]),
      actor,
      lease,
      progress: progress ?? (() => {}),
    });
    commands.add(running);
    return running.finally(() => commands.delete(running));
  };
  const settle = async () => {
    ending.abort();
    // A restart that was told to stop its process still starts it again, for which the links must go on.
    await Promise.all(commands);
  };
  return { sendAs, settle };
}

type Call = SupervisorLink['call'];

async function callLink(link: SupervisorLink | undefined, ...[call, wait]: Parameters<Call>): Promise<LinkResult> {
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
}

function createListeners(attention: Attention) {
  const listeners = new Set<(event: SessionEvent) => void>();
  const overhear = (listener: (event: SessionEvent) => void): (() => void) => {
    // Each subscription is its own, also of a function that subscribes twice.
    const own = (event: SessionEvent) => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  };
  return {
    overhear,
    subscribe: (listener: (event: SessionEvent) => void): (() => void) => {
      const unhear = overhear(listener);
      const ignore = attention.pay(null);
      return () => {
        unhear();
        ignore();
      };
    },
    /** A listener that throws keeps nobody else from hearing, and does not end the link whose news it was. */
    tellAll: (event: SessionEvent): void => {
      for (const listener of Array.from(listeners)) {
        try {
          listener(event);
        } catch (error) {
          raise(error);
        }
      }
    },
  };
}

/** Rings once, at the earliest time that it was set to. */
function createAlarm(clock: Clock, ring: () => void) {
  let cancel: (() => void) | null = null;
  let ringsAt = Infinity;
  return {
    setAt: (at: number): void => {
      if (at >= ringsAt) return;
      cancel?.();
      ringsAt = at;
      cancel = clock.after(Math.max(0, at - clock.monotonic()), () => {
        ringsAt = Infinity;
        ring();
      });
    },
    cancel: () => cancel?.(),
  };
}

const NEVER = new AbortController().signal;

const NO_SUPERVISOR: LinkResult = { ok: false, code: 'not-found', message: 'no such supervisor' };
