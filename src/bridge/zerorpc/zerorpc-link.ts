import type { SupervisorConfig } from '../../core/config/types.ts';
import { noHistory } from '../../core/history/history.ts';
import { raise } from '../../core/own-faults.ts';
import type { SupervisorLink } from '../../core/ports.ts';
import { createEventLink } from '../events/event-link.ts';
import type { FollowOptions, Upstream } from '../events/watch-events.ts';
import { runCall } from '../supervisord-api/xml-rpc/run-call.ts';
import { placeOf, toLinkFailure } from '../link/link-failure.ts';
import { DEFAULT_LINK_OPTIONS } from '../link/link-options.ts';
import type { LinkOptions } from '../link/link-options.ts';
import type { ZerorpcClient } from './client.ts';
import { connectZerorpc } from './client.ts';
import type { TcpAddress } from '../link/tcp-address.ts';
import { parseEvent } from './parse-event.ts';
import { createZerorpcStateReader } from './read-state.ts';
import { tailOverZerorpc } from './tail-log.ts';
import type { ZerorpcRpc } from './zerorpc-rpc.ts';
import { createZerorpcRpc } from './zerorpc-rpc.ts';

/** What both sides of zerorpc send every so often per channel; its own default. */
const HEARTBEAT_MS = 5_000;
/** msgpack is read in one turn: what tells of 6,000 processes takes a few tens of milliseconds. */
const LONGEST_MESSAGE = 4 * 1024 * 1024;
/** Its events reach its agent when supervisord's loop turns, which a question makes it do. */
const ASK = { floorMs: 200, mostMs: 1_500, share: 0.01 } as const;

const NO_HISTORY = 'multivisor-rpc does not tell what was before: give its supervisord an url of its own for that';

/** A link to the agent of an existing multivisor installation, in either of its two forms. */
export function createZerorpcLink(
  config: SupervisorConfig & { readonly address: TcpAddress },
  options: Partial<LinkOptions> = {},
): SupervisorLink {
  const linkOptions: LinkOptions = { ...DEFAULT_LINK_OPTIONS, ...options };
  const { address } = config;
  const place = placeOf(address);
  let current: ZerorpcRpc | null = null;

  const dial = async (signal: AbortSignal) => {
    const { connectMs, answerMs } = linkOptions;
    const maxBytes = Math.min(linkOptions.maxAnswerBytes, LONGEST_MESSAGE);
    const client = await connectZerorpc(address, { connectMs, heartbeatMs: HEARTBEAT_MS, maxBytes, signal });
    return { client, rpc: createZerorpcRpc({ client, answerMs, place }) };
  };
  const connect = async (signal: AbortSignal): Promise<Upstream> => {
    const { client, rpc } = await dial(signal);
    current = rpc;
    const forget = () => {
      if (current === rpc) current = null;
    };
    client.closed.then(forget).catch(raise);
    const state = createZerorpcStateReader({ rpc, place, signal });
    return { state, logEnd: state.logEnd, follow: (follow) => followEvents(client, follow) };
  };
  /** Over the connection that stands, else over one for this alone. */
  const command: ZerorpcRpc['command'] = async (method, options) => {
    if (current) return current.command(method, options);
    const { client, rpc } = await dial(options.signal);
    try {
      return await rpc.command(method, options);
    } finally {
      client.close();
    }
  };

  return createEventLink({
    connect,
    askMs: (costMs) => Math.min(ASK.mostMs, Math.max(ASK.floorMs, (costMs ?? 0) / ASK.share)),
    toFailure: (error) => toLinkFailure(error, address),
    linkOptions,
    close: () => {},
    call: (call, { signal }) => runCall({ command }, call, { signal, answerMs: linkOptions.answerMs }),
    tail: (request, { signal }) => tailOverZerorpc(request, { dial, signal }),
    history: async function* () {
      yield noHistory(config.name, NO_HISTORY);
    },
  });
}

/** Until the stream ends, and why; throws when the whole connection is over. */
function followEvents(client: ZerorpcClient, options: FollowOptions): Promise<string> {
  const { onOpen, onAgent, onEvents } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  return new Promise((resolve, reject) => {
    let opened = false;
    let named = false;
    options.signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    const fail = (failure: unknown) => {
      over.abort();
      reject(failure);
    };
    client.closed.then(fail, fail);
    client.stream('event_stream', {
      signal,
      onItem: (item) => {
        if (!opened) onOpen();
        opened = true;
        const parsed = parseEvent(item);
        if (!parsed) return;
        if (!named) onAgent(parsed.agent);
        named = true;
        onEvents([parsed.event]);
      },
      onEnd: resolve,
    });
  });
}
