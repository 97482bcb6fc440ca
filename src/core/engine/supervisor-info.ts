// Small rules of what counts as a change of a supervisor's own state.
import type { LinkError, Supervisor, SupervisorInfo } from '../model.ts';

/** What the configuration knows of a supervisor before anybody answered. */
export type SupervisorSpec = Pick<SupervisorInfo, 'name' | 'url' | 'host' | 'tags' | 'readOnly' | 'protected'>;

/** Hosts tell whole seconds: a clock that moved less than this has not moved. */
const CLOCK_TOLERANCE_MS = 1_500;
const LATENCY_TOLERANCE_MS = 5;

export function toUnseen(spec: SupervisorSpec): Supervisor {
  const { name, url, host, tags, readOnly } = spec;
  return {
    name,
    url,
    host,
    tags,
    readOnly,
    protected: spec.protected,
    link: 'connecting',
    error: null,
    staleSince: null,
    state: null,
    identification: null,
    version: null,
    apiVersion: null,
    pid: null,
    source: null,
    sourceNote: '',
    agent: null,
    latencyMs: null,
    pollMs: null,
    clockOffsetMs: null,
    processes: new Map(),
  };
}

/** The known latency unless it moved a lot: every poll would be a change otherwise. */
export function settleLatency(known: number | null, measured: number): number {
  const rounded = Math.round(measured * 10) / 10;
  if (known === null) return rounded;
  const moved = Math.abs(rounded - known);
  return moved > LATENCY_TOLERANCE_MS && moved > known / 2 ? rounded : known;
}

/** The known period unless it moved a lot: it follows what the last reading took, which is never twice the same. */
export function settlePeriod(known: number | null, next: number): number {
  return known !== null && Math.abs(next - known) <= known / 4 ? known : next;
}

/** The host's clock minus ours. `hostNow` is cut to whole seconds, so its middle is meant. */
export function settleClockOffset(
  known: number | null,
  hostNow: number | null | undefined,
  now: number,
): number | null {
  if (hostNow === null || hostNow === undefined) return known;
  const measured = hostNow * 1_000 + 500 - now;
  return known !== null && Math.abs(measured - known) <= CLOCK_TOLERANCE_MS ? known : measured;
}

/** The same object for the same failure, so that repeated attempts are no change. */
export function settleError(known: LinkError | null, error: LinkError): LinkError {
  return known && known.code === error.code && known.message === error.message ? known : error;
}
