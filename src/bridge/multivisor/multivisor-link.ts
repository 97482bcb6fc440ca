import type { MultivisorConfig } from '../../core/config/types.ts';
import { parseUid, toUid } from '../../core/ids.ts';
import type { Observation } from '../../core/observation.ts';
import type { LinkCall, LinkResult, SupervisorLink, TailChunk, TailRequest, WaitOptions } from '../../core/ports.ts';
import { raise } from '../../core/own-faults.ts';
import { SessionError } from '../../core/ports.ts';
import { leastRetryMs } from '../../core/wire/dial.ts';
import type { ServerMessage } from '../../core/wire/messages.ts';
import { createRemoteTails } from '../../core/wire/remote-tails.ts';
import type { RemoteTails } from '../../core/wire/remote-tails.ts';
import { LinkFailure, placeOf } from '../link/link-failure.ts';
import type { LinkOptions } from '../link/link-options.ts';
import { DEFAULT_LINK_OPTIONS } from '../link/link-options.ts';
import { createWatchedLink } from '../link/watched-link.ts';
import type { LinkLineOptions, LinkLine } from './link-line.ts';
import { openLinkLine } from './link-line.ts';
import { createRelayedHistory } from './relayed-history.ts';
import { toTarget } from './target.ts';
import { startRelayWatch } from './watch-relay.ts';

/**
 * A link to a supervisor as a multivisor server has it: what that server's own link tells comes over one line, and calls
 * and logs go through it. While nobody runs it, each call and each log has a line of its own.
 */
export function createMultivisorLink(config: MultivisorConfig, options: Partial<LinkOptions> = {}): SupervisorLink {
  const linkOptions: LinkOptions = { ...DEFAULT_LINK_OPTIONS, ...options };
  const { supervisor } = config.address;
  const place = placeOf(config.address);
  const target = toTarget(config, linkOptions);
  let running = false;
  let standing: LinkLine | null = null;
  let wasOpen = false;
  let why = `the multivisor server at ${place} has not answered yet`;
  let lastId = 0;
  const nextId = () => ++lastId;
  const open = (line: Omit<LinkLineOptions, 'nextId'>) => openLinkLine(target, { ...line, nextId });

  const tails = createRemoteTails({
    nextId,
    refusal: () => (standing ? null : why),
    say: (message) => standing?.say(message),
  });
  const history = createRelayedHistory({
    name: config.name,
    place,
    supervisor,
    nextId,
    open,
    standing: () => (running ? { line: standing, why } : null),
  });
  const give = (message: ServerMessage) => (giveTails(tails, message), history.give(message));
  const onLine = (line: LinkLine | null) => {
    const lost = standing !== null && line === null;
    standing = line;
    if (line) {
      wasOpen = true;
      tails.onLive();
    } else if (lost) {
      tails.onLost(`the line to ${place} was lost`);
      history.onLost(`the line to ${place} was lost`);
    }
  };

  const callAlone = async (call: LinkCall, wait: WaitOptions): Promise<LinkResult> => {
    let line: LinkLine;
    try {
      line = await open({ onMessage: () => {}, signal: wait.signal });
    } catch (error) {
      if (wait.signal.aborted) return { ok: false, code: 'cancelled', message: 'cancelled before it was begun' };
      if (error instanceof LinkFailure) return { ok: false, code: 'unreachable', message: error.message };
      throw error;
    }
    const result = await line.call(call, wait);
    line.close();
    return result;
  };

  const tailAlone = async function* (request: TailRequest, { signal }: WaitOptions): AsyncGenerator<TailChunk> {
    let line: LinkLine | null = null;
    const alone = createRemoteTails({ nextId, refusal: () => null, say: (message) => line?.say(message) });
    try {
      const opened = await open({ onMessage: (message) => giveTails(alone, message), signal });
      line = opened;
      opened.closed.then(({ message }) => alone.close(new SessionError('unreachable', message))).catch(raise);
      yield* alone.tail(request, { signal });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof LinkFailure) throw new SessionError('unreachable', error.message, { cause: error });
      throw error;
    } finally {
      line?.close();
    }
  };

  const watched = createWatchedLink({
    startWatch: (watching) =>
      startRelayWatch({
        ...watching,
        place,
        supervisor,
        linkOptions,
        open,
        nextId,
        onLine,
        again: wasOpen,
        onMessage: give,
      }),
    linkOptions,
    leastRetryMs,
    close: () => tails.close(),
    call: async (call, wait) => {
      if (standing) return standing.call(call, wait);
      // While the line is away nobody dials another one; so nothing goes round in a circle either.
      return running ? { ok: false, code: 'unreachable', message: why } : callAlone(call, wait);
    },
    tail: (request, wait) => {
      const { group = '', name = '' } = parseUid(request.uid) ?? {};
      const there = { ...request, uid: toUid(supervisor, group, name) };
      return running ? tails.tail(there, wait) : tailAlone(there, wait);
    },
    history: history.tell,
  });

  return {
    ...watched,
    run: async (observe, runOptions) => {
      running = true;
      const noting = (observation: Observation) => {
        if (observation.type === 'down') why = observation.error.message;
        observe(observation);
      };
      await watched.run(noting, runOptions);
      running = false;
    },
  };
}

function giveTails(tails: RemoteTails, message: ServerMessage): void {
  if (message.type === 'tail-chunk') tails.onChunk(message.id, message.chunk);
  else if (message.type === 'tail-end') {
    const { id, error } = message;
    tails.onEnd(id, error && new SessionError(error.code, error.message));
  }
}
