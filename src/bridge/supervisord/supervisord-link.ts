import type { SupervisordConfig } from '../../core/config/types.ts';
import type { SupervisorLink } from '../../core/ports.ts';
import type { Dialect } from '../supervisord-api/xml-rpc/go-dialect.ts';
import { runCall } from '../supervisord-api/xml-rpc/run-call.ts';
import type { LogMemory } from '../supervisord-api/process-log/read.ts';
import { tailLog } from '../supervisord-api/process-log/tail.ts';
import { createNameIndex, toKey } from './main-log/process-names.ts';
import { createLineReporter } from './main-log/to-transitions.ts';
import { createWorkShare } from '../supervisord-api/history/work-share.ts';
import { placeOf } from '../link/link-failure.ts';
import type { Readings } from '../link/state-reader.ts';
import { createStateReader } from '../supervisord-api/xml-rpc/read-state.ts';
import { createRpc } from '../supervisord-api/xml-rpc/rpc.ts';
import { createFileRoom } from '../supervisord-api/http/file-room.ts';
import { createTransport } from '../supervisord-api/http/transport.ts';
import { DEFAULT_LINK_OPTIONS } from '../link/link-options.ts';
import type { LinkOptions } from '../link/link-options.ts';
import type { Memory } from './watch-main-log.ts';
import { startWatch } from './watch-main-log.ts';
import { createWatchedLink } from '../link/watched-link.ts';

/**
 * A link to a stock supervisord: nothing is installed on its host. State changes are pushed by its main log where it has
 * one that can be followed, and found by polling where not; everything is reread now and then in either case.
 */
export function createSupervisordLink(config: SupervisordConfig, options: Partial<LinkOptions> = {}): SupervisorLink {
  const linkOptions: LinkOptions = { ...DEFAULT_LINK_OPTIONS, ...options };
  const files = createFileRoom(config.address);
  const dialect: Dialect = { isGo: false };
  const transport = createTransport(config, {
    files,
    connectMs: linkOptions.connectMs,
    answerMs: linkOptions.answerMs,
    maxBytes: linkOptions.maxAnswerBytes,
  });
  const rpc = createRpc(transport);
  const index = createNameIndex();
  const memory: Memory = { index, reporter: createLineReporter(index), seen: null, doubtful: false, dialect };

  const logs: LogMemory = { unreadable: new Set(), files, dialect, polled: 0 };
  const share = createWorkShare(() => performance.now());
  /** A full read of thousands costs supervisord half a second: what is known already need not be asked for. */
  const readings = async (signal: AbortSignal): Promise<Readings> => {
    const state = createStateReader(rpc, placeOf(config.address), { signal, dialect });
    const known = index.all().map(({ reading }) => reading);
    const [first] = known;
    if (!first) return state.all();
    const { hostNow } = await state.some([toKey(first)]);
    return { readings: known, hostNow };
  };

  return createWatchedLink({
    startWatch: (watching) =>
      startWatch({
        ...watching,
        transport,
        rpc,
        files,
        logPath: siblingPath(config, '/mainlogtail'),
        memory,
        linkOptions,
      }),
    linkOptions,
    close: () => transport.close(),
    call: (call, { signal }) => runCall(rpc, call, { signal, answerMs: linkOptions.answerMs, dialect }),
    tail: (request, { signal }) =>
      tailLog(request, { transport, rpc, path: siblingPath(config, '/logtail'), linkOptions, memory: logs, signal }),
    history: async function* (request, { signal }) {
      // Whoever only looks at what is now need not load it.
      const { readLoggedHistory } = await import('../supervisord-api/history/read-history.ts');
      const { answerMs } = linkOptions;
      yield* readLoggedHistory(request, { rpc, supervisor: config.name, readings, share, answerMs, signal });
    },
  });
}

/** The RPC endpoint may be below a prefix (a proxy); supervisord's other paths are beside it. */
function siblingPath({ address }: SupervisordConfig, path: string): string {
  return address.kind === 'unix' ? path : address.path.replace(/\/[^/]*\/?$/, '') + path;
}
