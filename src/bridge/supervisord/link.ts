import type { SupervisorConfig } from '../../core/config/types.ts';
import type { SupervisorLink } from '../../core/ports.ts';
import { runCall } from './commands.ts';
import { tailLog } from './log-tail.ts';
import { createNameIndex } from './name-index.ts';
import { retryDelay } from './pace.ts';
import { pause } from './pause.ts';
import { createReporter } from './reporter.ts';
import { createRpc } from './rpc.ts';
import { createTransport } from './transport.ts';
import { DEFAULT_TUNING } from './tuning.ts';
import type { Tuning } from './tuning.ts';
import type { Memory, Watch } from './watch.ts';
import { startWatch } from './watch.ts';

/**
 * A link to a stock supervisord: nothing is installed on its host. State changes are pushed by its main log where it has
 * one that can be followed, and found by polling where not; everything is read again now and then in either case.
 */
export function createSupervisordLink(config: SupervisorConfig, options: Partial<Tuning> = {}): SupervisorLink {
  const tuning: Tuning = { ...DEFAULT_TUNING, ...options };
  const transport = createTransport(config, {
    connectMs: tuning.connectMs,
    answerMs: tuning.answerMs,
    maxBytes: tuning.maxAnswerBytes,
  });
  const rpc = createRpc(transport);
  const index = createNameIndex();
  const memory: Memory = { index, reporter: createReporter(index), seen: null };
  let attended = false;
  let watch: Watch | null = null;
  let retryNow: AbortController | null = null;

  return {
    run: async (observe, { signal }) => {
      let failures = 0;
      while (!signal.aborted) {
        observe({ type: 'connecting' });
        const current = startWatch({
          transport,
          rpc,
          logPath: siblingPath(config, '/mainlogtail'),
          memory,
          tuning,
          attended: () => attended,
          observe,
          signal,
        });
        watch = current;
        const { failure, wasUp } = await current.ended;
        watch = null;
        if (signal.aborted) break;
        if (failure) observe({ type: 'down', error: { code: failure.code, message: failure.message } });
        failures = wasUp ? 0 : failures + 1;
        const { attendedMaxMs, unattendedMaxMs } = tuning.retry;
        const maxMs = attended ? attendedMaxMs : unattendedMaxMs;
        const early = new AbortController();
        retryNow = early;
        await pause(retryDelay(failures, { maxMs, random: tuning.random }), AbortSignal.any([signal, early.signal]));
        retryNow = null;
      }
      transport.close();
    },
    call: async (call, { signal }) => {
      const result = await runCall(rpc, call, { signal, answerMs: tuning.answerMs });
      if (result.ok || result.code !== 'not-found') watch?.look('target' in call ? [call.target] : []);
      return result;
    },
    look: (names) => {
      watch?.look(names);
      if (names.length === 0) retryNow?.abort();
    },
    attend: (watched) => {
      if (attended === watched) return;
      attended = watched;
      watch?.repace();
      if (watched) retryNow?.abort();
    },
    tail: (request, { signal }) =>
      tailLog(request, { transport, rpc, path: siblingPath(config, '/logtail'), tuning, signal }),
  };
}

/** The RPC endpoint may be below a prefix (a proxy); supervisord's other paths are beside it. */
function siblingPath({ address }: SupervisorConfig, path: string): string {
  return address.kind === 'unix' ? path : address.path.replace(/\/[^/]*\/?$/, '') + path;
}
