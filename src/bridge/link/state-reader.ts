import type { ProcessReading } from '../../core/model.ts';
import type { SupervisordIdentity } from '../../core/observation.ts';
import type { DaemonState } from '../../core/process-state.ts';

export type Readings = {
  readonly readings: readonly ProcessReading[];
  /** The host's clock, whole seconds; null when there is no process to tell it. */
  readonly hostNow: number | null;
};

export type FullRead = Readings & { readonly latencyMs: number; readonly costMs: number };

export type SomeRead = Readings & {
  readonly gone: readonly string[];
  /** Of one of them; Infinity when none was answered. */
  readonly costMs: number;
};

/** What a link asks of a supervisor while it watches, whatever carries it. */
export type StateReader = {
  identity(): Promise<SupervisordIdentity>;
  all(): Promise<FullRead>;
  some(names: readonly string[]): Promise<SomeRead>;
  /** A small call: is it alive, and what does a turn of its loop cost? */
  ping(answerMs: number): Promise<{ readonly state: DaemonState; readonly costMs: number }>;
};

/** Of answers that were asked for at once: what the last of them says of the time. */
export function latest(parts: readonly Pick<Readings, 'hostNow'>[]): number | null {
  const told = parts.flatMap(({ hostNow }) => hostNow ?? []);
  return told.length === 0 ? null : Math.max(...told);
}
