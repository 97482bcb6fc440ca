// A Session whose engine runs in a server: the same for the terminal and for the page, over whatever line they have.
import type { Asking } from './asking.ts';
import type { Actor } from '../access/actor.ts';
import type { LinkError, Snapshot, Transition } from '../model.ts';
import type { Clock, Connection, Session, SessionEvent } from '../ports.ts';
import { SessionError } from '../ports.ts';
import { reduce } from '../engine/reduce.ts';
import { TIMELINE_LIMIT } from '../engine/timeline.ts';
import { decodeServerMessage, encodeClientMessage } from './codec.ts';
import type { Dial, Line } from './dial.ts';
import { leastRetryMs } from './dial.ts';
import type { ClientMessage, ServerMessage } from './messages.ts';
import { ALERTS, HISTORY } from './messages.ts';
import { fromWireSnapshot } from './model-schema.ts';
import type { RemoteAlerts } from './remote-alerts.ts';
import { createRemoteAlerts } from './remote-alerts.ts';
import type { RemoteCommands } from './remote-commands.ts';
import { createRemoteCommands } from './remote-commands.ts';
import type { RemoteTails } from './remote-tails.ts';
import type { RemoteHistories } from './remote-histories.ts';
import { createRemoteHistories } from './remote-histories.ts';
import { createRemoteTails } from './remote-tails.ts';

export type RemoteOptions = {
  readonly dial: Dial;
  readonly clock: Clock;
  /** 0 to 1: keeps many viewers from coming back in the same moment. */
  readonly random: () => number;
  /** Shown until the server has told its own. */
  readonly name: string;
};

const CONNECT_MS = 15_000;
const PING_MS = 20_000;
const PONG_MS = 10_000;
const FIRST_RETRY_MS = 300;
const MOST_RETRY_MS = 20_000;

/** Dials at once and again whenever the line is lost, until closed. */
export function createRemoteSessionOver({ dial, clock, random, name }: RemoteOptions): Session {
  const { emit, subscribe } = createListeners();
  const held = createHeldState(name, emit);
  let connection: Connection = { state: 'connecting', since: clock.now(), error: null };
  let actor: Actor | null = null;
  let capabilities: readonly string[] = [];
  let line: Line | null = null;
  let closed = false;
  let failures = 0;
  let lastId = 0;

  const say = (message: ClientMessage) => line?.send(encodeClientMessage(message));
  const nextId = () => ++lastId;
  const refusal = () => (connection.state === 'live' ? null : (connection.error?.message ?? 'not connected yet'));
  const lacks = (capability: string) => !capabilities.includes(capability);
  const receivers = createReceivers({ clock, nextId, refusal, say, lacks });
  const { commands, tails, alerts, histories } = receivers;

  const { later, expect, idle, cancel } = createPatience(clock, {
    ping: () => say({ type: 'ping', id: nextId() }),
    giveUp: (error) => line?.close(error),
  });

  const setConnection = (next: Connection) => {
    connection = next;
    emit({ type: 'connection', connection });
  };

  const connect = () => {
    let opened: Line | null = null;
    const isCurrent = () => opened !== null && line === opened;
    opened = dial({
      onOpen: () => isCurrent() && hello(),
      onMessage: (text) => isCurrent() && receive(text),
      onClose: (error) => isCurrent() && lost(error),
    });
    line = opened;
    expect(CONNECT_MS, 'the server does not answer');
  };

  const hello = () => {
    const { epoch, revision } = held.snapshot();
    say({ type: 'hello', resume: epoch === '' ? null : { epoch, revision } });
  };

  const lost = (error: LinkError) => {
    line = null;
    if (closed) return;
    const wasLive = connection.state === 'live';
    const since = connection.state === 'live' ? clock.now() : connection.since;
    failures = wasLive ? 0 : failures + 1;
    setConnection({ state: held.snapshot().epoch === '' ? 'connecting' : 'lost', since, error });
    receivers.onLost(error.message);
    if (wasLive) tails.onLost(`the connection to the server was lost: ${error.message}`);
    later(retryMs(error, failures) * (0.5 + random() / 2), connect);
  };

  const live = () => {
    failures = 0;
    if (connection.state === 'live') return;
    setConnection(actor ? { state: 'live', actor } : { state: 'live' });
    tails.onLive();
  };

  const receive = (text: string) => {
    const decoded = decodeServerMessage(text);
    if (!decoded.ok)
      return line?.close({ code: 'protocol', message: `the server answers nonsense: ${decoded.reason}` });
    if (connection.state === 'live') idle();
    handle(decoded.message);
  };

  const handle = (message: ServerMessage): void => {
    if (!isOfState(message)) return handOn(message, receivers);
    switch (message.type) {
      case 'hello':
        ({ actor, capabilities } = message);
        held.meet(message.epoch);
        break;
      case 'snapshot':
        held.reset(message.snapshot);
        live();
        break;
      case 'delta':
        // A gap: what is held cannot be brought up to date, so all of it is asked for.
        if (!held.apply(message.delta)) return say({ type: 'hello', resume: null });
        live();
        break;
      case 'transitions':
      case 'gap':
        held.hear(message);
        break;
      case 'error':
        line?.close({ code: 'protocol', message: message.message });
        break;
    }
  };

  connect();

  return {
    snapshot: held.snapshot,
    timeline: held.timeline,
    connection: () => connection,
    subscribe,
    send: commands.send,
    tail: tails.tail,
    alerts,
    history: histories.history,
    reread: (supervisors) => say({ type: 'refresh', supervisors: [...supervisors] }),
    close: async () => {
      if (closed) return;
      closed = true;
      cancel();
      connection = { state: 'lost', since: clock.now(), error: CLOSED };
      receivers.onLost(CLOSED.message);
      tails.close();
      line?.close(CLOSED);
    },
  };
}

const CLOSED: LinkError = { code: 'closed', message: 'the session was closed' };

function retryMs(error: LinkError, failures: number): number {
  return Math.min(MOST_RETRY_MS, Math.max(leastRetryMs(error), FIRST_RETRY_MS * 2 ** failures));
}

/** What the server told of its engine. */
function createHeldState(name: string, emit: (event: SessionEvent) => void) {
  let snapshot: Snapshot = { name, epoch: '', revision: 0, supervisors: new Map() };
  let timeline: readonly Transition[] = [];
  return {
    snapshot: () => snapshot,
    timeline: () => timeline,
    /** Another engine has another timeline. */
    meet: (epoch: string): void => {
      if (epoch !== snapshot.epoch) timeline = [];
    },
    reset: (told: Told<'snapshot'>['snapshot']): void => {
      snapshot = fromWireSnapshot(told);
      emit({ type: 'reset', snapshot });
    },
    /** False when it does not follow on from what is held. */
    apply: (delta: Told<'delta'>['delta']): boolean => {
      const next = reduce(snapshot, delta);
      if (!next) return false;
      const before = snapshot;
      snapshot = next;
      if (delta.changes.length > 0) emit({ type: 'delta', delta, before, snapshot });
      return true;
    },
    /** What follows from no revision. */
    hear: (message: Told<'transitions' | 'gap'>): void => {
      if (message.type === 'transitions') timeline = mergeTransitions(timeline, message.transitions);
      emit(message);
    },
  };
}

type Told<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>;

/** By id; an amended transition takes the place of what it was. */
function mergeTransitions(known: readonly Transition[], news: readonly Transition[]): readonly Transition[] {
  const merged = new Map(known.map((transition) => [transition.id, transition]));
  for (const transition of news) merged.set(transition.id, transition);
  return [...merged.values()].toSorted((a, b) => a.id - b.id).slice(-TIMELINE_LIMIT);
}

type Receivers = {
  readonly commands: RemoteCommands;
  readonly tails: RemoteTails;
  readonly alerts: RemoteAlerts;
  readonly histories: RemoteHistories;
  /** Nobody answers any more what was asked; a tail may go on when the line is back. */
  onLost(message: string): void;
};

type Receiving = Asking & { readonly lacks: (capability: string) => boolean };

function createReceivers({ clock, nextId, refusal, say, lacks }: Receiving): Receivers {
  const withoutAlerts = () => (lacks(ALERTS) ? 'this server tells no alerts: update it' : null);
  const commands = createRemoteCommands({ clock, nextId, refusal, say });
  const alerts = createRemoteAlerts({ clock, nextId, refusal: () => refusal() ?? withoutAlerts(), say });
  const histories = createRemoteHistories({ nextId, refusal, say, isTold: () => !lacks(HISTORY) });
  return {
    commands,
    tails: createRemoteTails({ nextId, refusal, say }),
    alerts,
    histories,
    onLost: (message) => {
      commands.onLost(message);
      alerts.onLost(message);
      histories.end(message);
    },
  };
}

const OF_STATE = ['hello', 'snapshot', 'delta', 'transitions', 'gap', 'error'] as const;
type OfState = Extract<ServerMessage, { type: (typeof OF_STATE)[number] }>;
type ForReceivers = Exclude<ServerMessage, OfState>;

function isOfState(message: ServerMessage): message is OfState {
  return OF_STATE.some((type) => type === message.type);
}

/** To whoever asked for it. */
function handOn(message: ForReceivers, { commands, tails, alerts, histories }: Receivers): void {
  switch (message.type) {
    case 'progress':
      commands.onProgress(message.id, message.outcome);
      break;
    case 'outcomes':
      commands.onOutcomes(message.id, message.outcomes);
      break;
    case 'alerts-result':
      alerts.onResult(message.id, message.result);
      break;
    case 'tail-chunk':
      tails.onChunk(message.id, message.chunk);
      break;
    case 'tail-end': {
      const { id, error } = message;
      tails.onEnd(id, error && new SessionError(error.code, error.message));
      break;
    }
    case 'history-part':
      histories.onPart(message.id, message.part);
      break;
    case 'history-end': {
      const { id, error } = message;
      histories.onEnd(id, error && new SessionError(error.code, error.message));
      break;
    }
    // Of no use to a viewer.
    case 'pong':
    case 'link-route':
    case 'observation':
    case 'link-end':
    case 'link-result':
      break;
  }
}

type Patience = {
  readonly later: (ms: number, callback: () => void) => void;
  readonly expect: (ms: number, message: string) => void;
  /** Nothing is awaited: after a while the server is asked whether it is there. */
  readonly idle: () => void;
  readonly cancel: () => void;
};

/** One timer at a time: for the answer to come, for the next ping, or for the next attempt. */
function createPatience(
  clock: Clock,
  { ping, giveUp }: { readonly ping: () => void; readonly giveUp: (error: LinkError) => void },
): Patience {
  let cancelTimer: (() => void) | null = null;
  const cancel = () => cancelTimer?.();
  const later = (ms: number, callback: () => void) => {
    cancel();
    cancelTimer = clock.after(ms, callback);
  };
  const expect = (ms: number, message: string) => later(ms, () => giveUp({ code: 'timeout', message }));
  const idle = () =>
    later(PING_MS, () => {
      ping();
      expect(PONG_MS, 'the server does not answer');
    });
  return { later, expect, idle, cancel };
}

function createListeners() {
  const listeners = new Set<(event: SessionEvent) => void>();
  return {
    emit: (event: SessionEvent): void => void Array.from(listeners, (listener) => listener(event)),
    subscribe: (listener: (event: SessionEvent) => void): (() => void) => {
      // Each subscription is its own, also of a function that subscribes twice.
      const own = (event: SessionEvent) => listener(event);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
  };
}
