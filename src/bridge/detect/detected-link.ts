import type { SupervisorConfig } from '../../core/config/types.ts';
import { noHistory } from '../../core/history/history.ts';
import type { LinkError } from '../../core/model.ts';
import type { Observation } from '../../core/observation.ts';
import type { LinkRunOptions, SupervisorLink } from '../../core/ports.ts';
import { SessionError } from '../../core/ports.ts';
import { LinkFailure, placeOf, toLinkFailure } from '../link/link-failure.ts';
import { createSupervisordLink } from '../supervisord/supervisord-link.ts';
import { retryDelay } from '../link/poll-interval.ts';
import { pause } from '../link/pause.ts';
import { DEFAULT_LINK_OPTIONS } from '../link/link-options.ts';
import type { LinkOptions } from '../link/link-options.ts';
import type { TcpAddress } from '../link/tcp-address.ts';
import type { Detected } from './detect.ts';

/** Of a port that has not answered for so long, nobody knows whether the same will answer there. */
const DETECT_MS = 4_000;

/** A link to whatever answers at the address, found out at each new beginning and whenever it turns out to be wrong. */
export function createDetectedLink(
  config: SupervisorConfig & { readonly address: TcpAddress },
  options: Partial<LinkOptions> = {},
): SupervisorLink {
  const linkOptions: LinkOptions = { ...DEFAULT_LINK_OPTIONS, ...options };
  let current: SupervisorLink | null = null;
  let attended = false;
  let lastError: LinkError | null = null;
  let retryNow: AbortController | null = null;
  const find = async (signal: AbortSignal): Promise<Detected> => {
    const { detect } = await import('./detect.ts');
    return detect(config.address, { connectMs: linkOptions.connectMs, answerMs: DETECT_MS, signal });
  };
  /** Whoever answers there, also when nobody watches. */
  const reach = async (signal: AbortSignal): Promise<SupervisorLink> => {
    if (current) return current;
    if (lastError) throw new LinkFailure(lastError.code, lastError.message);
    const found = await find(signal);
    return current ?? toLink(found, config, options);
  };

  /** Until somebody else answers there, or aborted. */
  const runFound = async (found: Detected, observe: (observation: Observation) => void, running: LinkRunOptions) => {
    const over = new AbortController();
    const link = await toLink(found, config, options);
    current = link;
    link.attend(attended);
    let connecting = true;
    const watch = (observation: Observation) => {
      // The first time that has been told already.
      if (!connecting || observation.type !== 'connecting') observe(observation);
      connecting = false;
      if (observation.type !== 'down') return;
      lastError = observation.error;
      if (observation.error.code === 'not-supervisor' || observation.error.code === 'protocol') over.abort();
    };
    await link.run(watch, { ...running, signal: AbortSignal.any([running.signal, over.signal]) });
    current = null;
  };

  return {
    run: async (observe, running) => {
      const { signal } = running;
      let failures = 0;
      while (!signal.aborted) {
        observe({ type: 'connecting' });
        try {
          const found = await find(signal);
          failures = 0;
          await runFound(found, observe, running);
        } catch (error) {
          if (signal.aborted) return;
          const { code, message } = toLinkFailure(error, config.address);
          lastError = { code, message };
          observe({ type: 'down', error: lastError });
        }
        failures += 1;
        const { attendedMaxMs, unattendedMaxMs } = linkOptions.retry;
        const maxMs = attended ? attendedMaxMs : unattendedMaxMs;
        const early = new AbortController();
        retryNow = early;
        await pause(
          retryDelay(failures, { maxMs, random: linkOptions.random }),
          AbortSignal.any([signal, early.signal]),
        );
        retryNow = null;
      }
    },
    call: async (call, wait) => {
      try {
        const link = await reach(wait.signal);
        return await link.call(call, wait);
      } catch (error) {
        if (wait.signal.aborted) return { ok: false, code: 'cancelled', message: 'nobody waits for it any more' };
        return { ok: false, code: 'unreachable', message: toLinkFailure(error, config.address).message };
      }
    },
    reread: (names) => {
      current?.reread(names);
      if (names.length === 0) retryNow?.abort();
    },
    attend: (watched) => {
      attended = watched;
      current?.attend(watched);
      if (watched) retryNow?.abort();
    },
    tail: async function* (request, wait) {
      const link = await reach(wait.signal).catch((error: unknown) => {
        throw new SessionError('unreachable', toLinkFailure(error, config.address).message);
      });
      yield* link.tail(request, wait);
    },
    history: async function* (request, wait) {
      const link = await reach(wait.signal).catch((error: unknown) => toLinkFailure(error, config.address));
      if (!(link instanceof LinkFailure)) yield* link.history(request, wait);
      else if (!wait.signal.aborted) yield noHistory(config.name, link.message);
    },
  };
}

async function toLink(
  found: Detected,
  config: SupervisorConfig & { readonly address: TcpAddress },
  options: Partial<LinkOptions>,
): Promise<SupervisorLink> {
  if (found.kind === 'multivisor-rpc') {
    const { createZerorpcLink } = await import('../zerorpc/zerorpc-link.ts');
    return createZerorpcLink(config, options);
  }
  if (found.kind === 'multivisor') {
    const place = placeOf(config.address);
    const url = `${found.secure ? 'wss' : 'ws'}://${place}/NAME`;
    throw new LinkFailure(
      'not-supervisor',
      `a multivisor server answers at ${place}, not a supervisor: connect to it with --remote ${place}, ` +
        `or take one of its supervisors in: url = ${url}`,
    );
  }
  const address: TcpAddress = { ...config.address, protocol: found.secure ? 'https' : 'http' };
  if (found.kind === 'supervisord') return createSupervisordLink({ ...config, address }, options);
  const { createListenerLink } = await import('../listener/listener-link.ts');
  return createListenerLink({ ...config, address }, options);
}
