// The links of a session: each runs until it is taken out or the session closes.
import type { SupervisorSpec } from '../engine/supervisor-info.ts';
import type { Observation } from '../observation.ts';
import { raise, toFaultText } from '../own-faults.ts';
import type { Clock, SupervisorLink } from '../ports.ts';

export type Watched = { readonly spec: SupervisorSpec; readonly link: SupervisorLink };

type Watching = { readonly link: SupervisorLink; readonly ending: AbortController; readonly run: Promise<void> };

export type WatchedLinks = {
  readonly watching: ReadonlyMap<string, Watching>;
  watch(watched: Watched): void;
  unwatch(name: string): void;
  /** When all have ended, those that were taken out too. */
  ended(): Promise<void>;
};

export function createWatchedLinks(options: {
  readonly clock: Clock;
  /** The epoch of the engine that hears them. */
  readonly self: string;
  readonly signal: AbortSignal;
  readonly observed: (supervisor: string, observation: Observation) => void;
  readonly routed: (supervisor: string, engines: readonly string[]) => void;
}): WatchedLinks {
  const { clock, self } = options;
  const watching = new Map<string, Watching>();
  /** Of links that are not watched any more, until they have ended. */
  const endings = new Set<Promise<void>>();
  const among = (): number => watching.size;

  return {
    watching,
    watch: ({ spec, link }) => {
      const ending = new AbortController();
      const signal = AbortSignal.any([ending.signal, options.signal]);
      const observe = (observation: Observation) => {
        if (!signal.aborted) options.observed(spec.name, observation);
      };
      const through = (engines: readonly string[]) => {
        if (!signal.aborted) options.routed(spec.name, engines);
      };
      const route = { self, through };
      const run = runAgain(() => link.run(observe, { signal, among, route }), { clock, signal, observe });
      watching.set(spec.name, { link, ending, run });
    },
    unwatch: (name) => {
      const watched = watching.get(name);
      if (!watched) return;
      watching.delete(name);
      watched.ending.abort();
      endings.add(watched.run);
      watched.run.finally(() => endings.delete(watched.run)).catch(raise);
    },
    ended: async () => {
      await Promise.all([...Array.from(watching.values(), ({ run }) => run), ...endings]);
    },
  };
}

type Rerun = { readonly clock: Clock; readonly signal: AbortSignal; readonly observe: (seen: Observation) => void };

/** A link never rejects for what the outside does. If a fault of ours ends one all the same, it begins anew. */
async function runAgain(run: () => Promise<void>, { clock, signal, observe }: Rerun): Promise<void> {
  while (!signal.aborted) {
    try {
      return await run();
    } catch (error) {
      if (signal.aborted) return;
      const message = `its link failed and begins anew: ${toFaultText(error)}`;
      try {
        observe({ type: 'down', error: { code: 'protocol', message } });
      } catch (other) {
        raise(other);
      }
    }
    await new Promise<void>((resolve) => {
      const cancel = clock.after(RERUN_MS, resolve);
      signal.addEventListener('abort', () => (cancel(), resolve()), { once: true });
    });
  }
}

const RERUN_MS = 2_000;
