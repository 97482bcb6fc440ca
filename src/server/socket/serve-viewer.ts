// One viewer over one WebSocket: its messages in, its state, tails and outcomes out.
import type { WebSocket } from 'ws';
import { createNarrowing } from '../../core/access/narrowing.ts';
import { decodeClientMessage, encodeServerMessage } from '../../core/wire/codec.ts';
import type { Session } from '../../core/ports.ts';
import type { ClientMessage } from '../../core/wire/messages.ts';
import { ALERTS, HISTORY, LINKS, SETTINGS } from '../../core/wire/messages.ts';
import type { Door, Visit } from '../door.ts';
import { openActorSession } from '../door.ts';
import { openRelays } from '../open-relays.ts';
import type { DeltaEncoder } from './delta-encoder.ts';
import type { OutboxLimits } from './outbox.ts';
import { createOutbox } from './outbox.ts';
import type { DeltaInterval } from './delta-interval.ts';
import { createViewerAlerts } from './viewer-alerts.ts';
import { createViewerCalls } from './viewer-calls.ts';
import { createViewerCommands } from './viewer-commands.ts';
import { createViewerHistories } from './viewer-histories.ts';
import { createViewerLinks } from './viewer-links.ts';
import { createViewerState } from './viewer-state.ts';
import { createViewerTails } from './viewer-tails.ts';

/** WebSocket close codes. */
export const CLOSE = { goingAway: 1001, unsupported: 1003, policy: 1008, tryAgainLater: 1013 } as const;
/** Messages that say nothing for a while are a fault of the viewer: it must begin. */
const HELLO_MS = 10_000;

export type ViewerOptions = {
  readonly door: Door;
  readonly visit: Visit;
  readonly limits: OutboxLimits;
  readonly deltas: DeltaEncoder;
  readonly interval: DeltaInterval;
  readonly onFailure: (error: unknown) => void;
};

export type Viewer = {
  readonly end: (code: number, reason: string) => void;
  readonly settled: () => Promise<void>;
  /** It answered no ping. One that is behind is given its time all the same: it may still be reading. */
  readonly onSilence: () => void;
};

export function serveViewer(socket: WebSocket, options: ViewerOptions): Viewer {
  const { door, visit } = options;
  const { identity, lease } = visit;
  const session = openActorSession(door, visit);
  const relays = openRelays(door, visit);
  let greeted = false;
  /** It has been told to go: nothing that it says counts any more, and nothing more is sent. */
  let ended = false;
  let unsubscribe: (() => void) | null = null;

  const leave = () => {
    clearTimeout(helloDeadline);
    unsubscribe?.();
    unsubscribe = null;
    tails.closeAll();
    histories.closeAll();
    links.closeAll();
    alerts.close();
  };
  const end = (code: number, reason: string) => {
    if (ended) return;
    ended = true;
    leave();
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), options.limits.farewellMs).unref();
  };
  const giveUp = (reason: string) => {
    if (socket.readyState !== socket.OPEN) return;
    door.counters.dropped.clients++;
    end(CLOSE.tryAgainLater, reason);
  };
  const outbox = createOutbox(socket, {
    limits: options.limits,
    unread: door.unread,
    onRoom: () => {
      state.catchUp();
      links.catchUp();
    },
    onTooSlow: () => giveUp('too slow'),
    onCutOff: () => {
      giveUp('too slow');
      socket.terminate();
    },
  });
  const state = createViewerState({
    session,
    narrowing: createNarrowing(identity.actor),
    replay: door.replay,
    outbox,
    deltas: options.deltas,
    interval: options.interval,
    onCoalesced: () => door.counters.dropped.deltas++,
  });
  const tails = createViewerTails({
    session,
    outbox,
    onDropped: (characters) => (door.counters.dropped.logCharacters += characters),
    onFailure: options.onFailure,
  });
  const commands = createViewerCommands({ session, outbox, onFailure: options.onFailure });
  const links = createViewerLinks({ relays, outbox, onDropped: () => door.counters.dropped.observations++ });
  const alerts = createViewerAlerts({ session, outbox, onFailure: options.onFailure });
  const histories = createViewerHistories({ session, outbox, onFailure: options.onFailure });
  const calls = createViewerCalls({ relays, outbox, onFailure: options.onFailure });
  const settled = async () => void (await Promise.all([commands.settled(), calls.settled()]));
  const protest = (reason: string) => {
    outbox.send(encodeServerMessage({ type: 'error', message: reason }));
    end(CLOSE.policy, reason.slice(0, 100));
  };

  const hello = ({ resume, only }: Extract<ClientMessage, { type: 'hello' }>) => {
    const { name, epoch } = session.snapshot();
    const { role, supervisors } = identity.actor;
    const actor = { name: identity.actor.name, role, supervisors };
    const capabilities = [LINKS, SETTINGS, ALERTS, HISTORY];
    outbox.send(encodeServerMessage({ type: 'hello', version: door.version, name, epoch, actor, capabilities }));
    greeted = true;
    if (only) return;
    // State and subscription in one turn, so that nothing falls between them.
    unsubscribe ??= session.subscribe(state.onEvent);
    state.start(resume?.epoch === epoch ? resume.revision : null);
  };

  const receive = (message: ClientMessage): void => {
    // Asked without reading the answers: those would pile up.
    const isAnswered = message.type === 'hello' || message.type === 'ping';
    if (isAnswered && outbox.isFull()) return giveUp('it does not read what it is answered');
    if (message.type === 'hello') return hello(message);
    if (!greeted) return protest('say hello first');
    act(message, { session, commands, calls, alerts, tails, histories, links, outbox, protest });
  };

  const helloDeadline = setTimeout(() => !greeted && protest('say hello first'), HELLO_MS);
  lease.onEnd((reason) => end(CLOSE.policy, reason));
  door.counters.clients.sockets++;
  socket.on('message', (data, isBinary) => {
    // Asked at each message: a clock that was set forward, say, ends no timer but this. It ends the viewer by itself.
    if (ended || lease.refusal() !== null) return;
    if (isBinary || !Buffer.isBuffer(data)) return end(CLOSE.unsupported, 'text only');
    const decoded = decodeClientMessage(data.toString('utf8'));
    if (!decoded.ok) return protest(`this message is not understood: ${decoded.reason}`);
    try {
      receive(decoded.message);
    } catch (error) {
      // Of one viewer's message: the others, and the server, go on.
      options.onFailure(error);
      protest('the server failed at this message; its log says why');
    }
  });
  // Its reason comes with the close that follows.
  socket.on('error', () => socket.terminate());
  socket.once('close', () => {
    door.counters.clients.sockets--;
    ended = true;
    leave();
    // What it began under its right goes on; the right itself is asked again at each step of it.
    settled().catch(options.onFailure).finally(lease.release);
    // A command that was given is carried through: only its asker is gone.
  });
  return {
    end,
    settled,
    onSilence: () => {
      if (!outbox.isFull()) giveUp('no answer');
    },
  };
}

type Parts = {
  readonly session: Session;
  readonly commands: ReturnType<typeof createViewerCommands>;
  readonly calls: ReturnType<typeof createViewerCalls>;
  readonly alerts: ReturnType<typeof createViewerAlerts>;
  readonly tails: ReturnType<typeof createViewerTails>;
  readonly histories: ReturnType<typeof createViewerHistories>;
  readonly links: ReturnType<typeof createViewerLinks>;
  readonly outbox: ReturnType<typeof createOutbox>;
  readonly protest: (reason: string) => void;
};

/** What a viewer that has said hello may say, and whose it is. */
function act(message: Exclude<ClientMessage, { type: 'hello' }>, parts: Parts): void {
  const { session, commands, calls, alerts, tails, histories, links, outbox, protest } = parts;
  switch (message.type) {
    case 'targets':
      if (!commands.collect(message.id, message.targets)) protest('too many targets');
      break;
    case 'command':
      commands.run(message.id, message.command);
      break;
    case 'cancel':
      commands.cancel(message.id, message.leave ?? false);
      calls.cancel(message.id);
      break;
    case 'tail-open':
      tails.open(message.id, message.request);
      break;
    case 'tail-close':
      tails.close(message.id);
      break;
    case 'history-open':
      histories.open(message.id, message.request);
      break;
    case 'history-close':
      histories.close(message.id);
      break;
    case 'refresh':
      session.reread(message.supervisors);
      break;
    case 'link-open':
      links.open(message.id, message.supervisor, message.watched);
      break;
    case 'link-attend':
      links.attend(message.id, message.watched);
      break;
    case 'link-look':
      links.reread(message.id, message.names);
      break;
    case 'link-close':
      links.close(message.id);
      break;
    case 'link-call':
      calls.run(message.id, message.supervisor, message.call);
      break;
    case 'alerts':
      alerts.ask(message.id, message.request);
      break;
    case 'ping':
      outbox.send(encodeServerMessage({ type: 'pong', id: message.id }));
      break;
  }
}
