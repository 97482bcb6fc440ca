import type { SupervisordConfig } from '../../core/config/types.ts';
import type { SupervisorLink } from '../../core/ports.ts';
import { createEventLink } from '../events/event-link.ts';
import type { EventMemory, Upstream } from '../events/watch-events.ts';
import { runCall } from '../supervisord-api/xml-rpc/run-call.ts';
import { LinkFailure, placeOf, toLinkFailure } from '../link/link-failure.ts';
import { readLoggedHistory } from '../supervisord-api/history/read-history.ts';
import { createWorkShare } from '../supervisord-api/history/work-share.ts';
import { tailLog } from '../supervisord-api/process-log/tail.ts';
import { createStateReader } from '../supervisord-api/xml-rpc/read-state.ts';
import { RpcFault, createRpc } from '../supervisord-api/xml-rpc/rpc.ts';
import { createTransport } from '../supervisord-api/http/transport.ts';
import { DEFAULT_LINK_OPTIONS } from '../link/link-options.ts';
import type { LinkOptions } from '../link/link-options.ts';
import type { EventSource } from './follow-events.ts';
import { followListener } from './follow-events.ts';

/** Enough for the lines of a storm. */
const LOG_END_BYTES = 8_192;

/** A link to our listener: supervisord's own answers through its port, and its events as they happen. */
export function createListenerLink(config: SupervisordConfig, options: Partial<LinkOptions> = {}): SupervisorLink {
  const linkOptions: LinkOptions = { ...DEFAULT_LINK_OPTIONS, ...options };
  const { address } = config;
  const place = placeOf(address);
  const transport = createTransport(config, {
    connectMs: linkOptions.connectMs,
    answerMs: linkOptions.answerMs,
    maxBytes: linkOptions.maxAnswerBytes,
    relayed: true,
  });
  const rpc = createRpc(transport);
  const share = createWorkShare(() => performance.now());
  let source: EventSource | null = null;

  const logEnd: Upstream['logEnd'] = async ({ signal }) => {
    try {
      const text = await rpc.ask('supervisor.readLog', { signal, params: [-LOG_END_BYTES, 0] });
      return typeof text === 'string' ? text : null;
    } catch (error) {
      // No log, or one that cannot be cut there; whether anybody is there others find out.
      if (error instanceof RpcFault || error instanceof LinkFailure) return null;
      throw error;
    }
  };

  return createEventLink({
    connect: async (signal, { serials }: EventMemory) => {
      const from = (source ??= { transport, serials, supervisord: null });
      const state = createStateReader(rpc, place, { signal });
      return { state, logEnd, follow: (follow) => followListener(from, follow) };
    },
    askMs: () => linkOptions.keepalive.attendedMs,
    toFailure: (error) => explain(toLinkFailure(error, address), place),
    linkOptions,
    close: () => transport.close(),
    call: (call, { signal }) => runCall(rpc, call, { signal, answerMs: linkOptions.answerMs }),
    tail: (request, { signal }) => tailLog(request, { transport, rpc, path: '/logtail', linkOptions, signal }),
    history: (request, { signal }) =>
      readLoggedHistory(request, {
        rpc,
        supervisor: config.name,
        readings: (signal) => createStateReader(rpc, place, { signal }).all(),
        share,
        answerMs: linkOptions.answerMs,
        signal,
      }),
  });
}

/** What the listener itself answers when supervisord does not. */
function explain(failure: LinkFailure, place: string): LinkFailure {
  if (failure.status === 401) {
    return new LinkFailure('unauthorized', `the listener at ${place} wants its token, as the password of any user`);
  }
  if (failure.status === 403) {
    const what = `the listener at ${place} has no token and serves its own user and root alone`;
    return new LinkFailure('forbidden', `${what}: give it one with --token-file`);
  }
  if (failure.status === 502) {
    return new LinkFailure('refused', `the listener at ${place} answers, but its supervisord does not`);
  }
  if (failure.status === 503) {
    return new LinkFailure('not-supervisor', `the supervisord behind ${place} has no API: give it [unix_http_server]`);
  }
  return failure;
}
