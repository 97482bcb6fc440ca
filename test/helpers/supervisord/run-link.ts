// Runs a link and keeps what it told, both as it came and as the rows that it makes.
import type { ProcessReading } from '../../../src/core/model.ts';
import type { Observation, ReportedTransition } from '../../../src/core/observation.ts';
import type { SupervisorLink } from '../../../src/core/ports.ts';
import type { ProcessState } from '../../../src/core/process-state.ts';
import type { Collector } from '../deadline.ts';
import { collect, deadline } from '../deadline.ts';
import type { ProcessInfo } from './supervisord.ts';

export type Observed<T extends Observation['type']> = Extract<Observation, { type: T }>;

export type RunningLink = {
  readonly link: SupervisorLink;
  readonly seen: Collector<Observation>;
  /** By `group:name`, after the last observation. */
  readonly rows: ReadonlyMap<string, ProcessReading>;
  /** The next observation of this type, from the `from`th on. */
  next<T extends Observation['type']>(
    type: T,
    options?: { readonly from?: number; readonly ms?: number },
  ): Promise<Observed<T>>;
  /** Until the row of `group:name` is in this state. */
  untilState(name: string, state: ProcessState, ms?: number): Promise<ProcessReading>;
  /** Everything that was reported of `group:name`, from the `from`th observation on. */
  told(name: string, from?: number): readonly ReportedTransition[];
  /** Until `group:name` was reported to be there. */
  untilTold(name: string, to: ProcessState, options?: { readonly from?: number; readonly ms?: number }): Promise<void>;
  /** Aborts and awaits the end. */
  stop(): Promise<void>;
};

export function runLink(link: SupervisorLink, options: { readonly attended?: boolean } = {}): RunningLink {
  const seen = collect<Observation>();
  const rows = new Map<string, ProcessReading>();
  const over = new AbortController();
  const keep = (readings: readonly ProcessReading[]) =>
    readings.forEach((reading) => rows.set(`${reading.group}:${reading.name}`, reading));
  const observe = (observation: Observation) => {
    if (observation.type === 'all') rows.clear();
    if (observation.type === 'all' || observation.type === 'some') keep(observation.readings);
    if (observation.type === 'some') observation.gone.forEach((name) => rows.delete(name));
    seen.push(observation);
  };
  link.attend(options.attended ?? true);
  const ended = link.run(observe, { signal: over.signal });
  return {
    link,
    seen,
    rows,
    next: (type, { from = 0, ms = 60_000 } = {}) =>
      seen.until((observation) => (isOfType(observation, type) ? observation : undefined), { what: type, from, ms }),
    untilState: (name, state, ms = 60_000) =>
      seen
        .until(
          () => {
            const row = rows.get(name);
            return row?.state === state ? row : undefined;
          },
          { what: `${name} ${state}`, ms, from: Math.max(0, seen.items.length - 1) },
        )
        .catch((error: unknown) => {
          const last = [JSON.stringify(rows.get(name)), ...seen.items.slice(-12).map(inBrief)];
          throw new Error(`${String(error)}; the row, and what was told last:\n${last.join('\n')}`, { cause: error });
        }),
    told: (name, from = 0) => seen.items.slice(from).flatMap((observation) => toldBy(observation, name)),
    untilTold: async (name, to, { from = 0, ms = 60_000 } = {}) => {
      const isTold = (observation: Observation) => toldBy(observation, name).some((told) => told.to === to);
      await seen.until((observation) => isTold(observation) || undefined, { what: `${name} told ${to}`, from, ms });
    },
    stop: async () => {
      over.abort();
      await deadline(ended, 20_000, 'the link ends');
    },
  };
}

function inBrief(observation: Observation): string {
  if (observation.type !== 'all' && observation.type !== 'some') return JSON.stringify(observation);
  const readings = observation.readings.map((reading) => `${reading.group}:${reading.name} ${reading.state}`);
  return `${observation.type}: ${readings.slice(0, 20).join(', ')}`;
}

function toldBy(observation: Observation, name: string): readonly ReportedTransition[] {
  if (observation.type !== 'transitions') return [];
  return observation.transitions.filter((told) => `${told.group}:${told.name}` === name);
}

function isOfType<T extends Observation['type']>(observation: Observation, type: T): observation is Observed<T> {
  return observation.type === type;
}

/** What a row must agree in with supervisord's own answer; `description` and `now` change every second. */
export function rowsOf(rows: ReadonlyMap<string, ProcessReading>): Record<string, unknown> {
  return Object.fromEntries(
    [...rows].map(([name, row]) => [
      name,
      [row.state, row.pid ?? 0, row.startedAt ?? 0, row.stoppedAt ?? 0, row.spawnError],
    ]),
  );
}

/** supervisord's own answer in the same form. */
export function rowsOfInfo(infos: readonly ProcessInfo[]): Record<string, unknown> {
  return Object.fromEntries(
    infos.map((info) => [
      `${info.group}:${info.name}`,
      [info.statename, info.pid, info.start, info.stop, info.spawnerr],
    ]),
  );
}
