// A Session whose engine runs in a server: the same for the terminal and for the page, over whatever line they have.
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
import { fromWireSnapshot } from './model-schema.ts';
import { createRemoteCommands } from './remote-commands.ts';
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
  const listeners = new Set<(event: SessionEvent) => void>();
  let snapshot: Snapshot = { name, epoch: '', revision: 0, supervisors: new Map() };
  let timeline: readonly Transition[] = [];
  let connection: Connection = { state: 'connecting', since: clock.now(), error: null };
  let actor: Actor | null = null;
  let line: Line | null = null;
  let closed = false;
  let failures = 0;
  let lastId = 0;
  let cancelTimer: (() => void) | null = null;

  const emit = (event: SessionEvent) => Array.from(listeners, (listener) => listener(event));
  const say = (message: ClientMessage) => line?.send(encodeClientMessage(message));
  const nextId = () => ++lastId;
  const refusal = () => (connection.state === 'live' ? null : (connection.error?.message ?? 'not connected yet'));
  const commands = createRemoteCommands({ clock, nextId, refusal, say });
  const tails = createRemoteTails({ nextId, refusal, say });

  /** One timer at a time: for the answer to come, for the next ping, or for the next attempt. */
  const later = (ms: number, callback: () => void) => {
    cancelTimer?.();
    cancelTimer = clock.after(ms, callback);
  };
  const expect = (ms: number, message: string) => later(ms, () => line?.close({ code: 'timeout', message }));
  const idle = () =>
    later(PING_MS, () => {
      say({ type: 'ping', id: nextId() });
      expect(PONG_MS, 'the server does not answer');
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
    const { epoch, revision } = snapshot;
    say({ type: 'hello', resume: epoch === '' ? null : { epoch, revision } });
  };

  const lost = (error: LinkError) => {
    line = null;
    if (closed) return;
    const wasLive = connection.state === 'live';
    const since = connection.state === 'live' ? clock.now() : connection.since;
    failures = wasLive ? 0 : failures + 1;
    const state = snapshot.epoch === '' ? 'connecting' : 'lost';
    setConnection({ state, since, error });
    commands.onLost(error.message);
    if (wasLive) tails.onLost(`the connection to the server was lost: ${error.message}`);
    const wait = Math.min(MOST_RETRY_MS, Math.max(leastRetryMs(error), FIRST_RETRY_MS * 2 ** failures));
    later(wait * (0.5 + random() / 2), connect);
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
    switch (message.type) {
      case 'hello':
        ({ actor } = message);
        if (message.epoch !== snapshot.epoch) timeline = [];
        break;
      case 'snapshot':
        snapshot = fromWireSnapshot(message.snapshot);
        emit({ type: 'reset', snapshot });
        live();
        break;
      case 'delta': {
        const next = reduce(snapshot, message.delta);
        // A gap: what is held cannot be brought up to date, so all of it is asked for.
        if (!next) return say({ type: 'hello', resume: null });
        const before = snapshot;
        snapshot = next;
        if (message.delta.changes.length > 0) emit({ type: 'delta', delta: message.delta, before, snapshot });
        live();
        break;
      }
      case 'transitions':
        timeline = mergeTransitions(timeline, message.transitions);
        emit({ type: 'transitions', transitions: message.transitions });
        break;
      case 'gap':
        emit({ type: 'gap', supervisor: message.supervisor, message: message.message });
        break;
      case 'progress':
        commands.onProgress(message.id, message.outcome);
        break;
      case 'outcomes':
        commands.onOutcomes(message.id, message.outcomes);
        break;
      case 'tail-chunk':
        tails.onChunk(message.id, message.chunk);
        break;
      case 'tail-end': {
        const { id, error } = message;
        tails.onEnd(id, error && new SessionError(error.code, error.message));
        break;
      }
      case 'pong':
      case 'link-route':
      case 'observation':
      case 'link-end':
      case 'link-result':
        break;
      case 'error':
        line?.close({ code: 'protocol', message: message.message });
        break;
    }
  };

  connect();

  return {
    snapshot: () => snapshot,
    timeline: () => timeline,
    connection: () => connection,
    subscribe: (listener) => {
      const own = (event: SessionEvent) => listener(event);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    send: commands.send,
    tail: tails.tail,
    reread: (supervisors) => say({ type: 'refresh', supervisors: [...supervisors] }),
    close: async () => {
      if (closed) return;
      closed = true;
      cancelTimer?.();
      const error: LinkError = { code: 'closed', message: 'the session was closed' };
      connection = { state: 'lost', since: clock.now(), error };
      commands.onLost(error.message);
      tails.close();
      line?.close(error);
    },
  };
}

/** By id; an amended transition takes the place of what it was. */
function mergeTransitions(known: readonly Transition[], news: readonly Transition[]): readonly Transition[] {
  const merged = new Map(known.map((transition) => [transition.id, transition]));
  for (const transition of news) merged.set(transition.id, transition);
  return [...merged.values()].toSorted((a, b) => a.id - b.id).slice(-TIMELINE_LIMIT);
}
