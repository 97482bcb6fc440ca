// An engine of the two supervisors a and b, and words for what happens to a.
import { createEngine } from '../../../src/core/engine/engine.ts';
import type { EngineOutput } from '../../../src/core/engine/turn.ts';
import type { ProcessReading } from '../../../src/core/model.ts';
import type { Observation } from '../../../src/core/observation.ts';
import type { reported } from './readings.ts';
import { spec } from './readings.ts';

export const T0 = 1_700_000_000_000;
export const AT_FIRST = { now: T0, monotonic: 1_000_000 } as const;

export function openEngine() {
  const engine = createEngine({ name: 'lab', epoch: 'e1', supervisors: [spec('a'), spec('b')] });
  let now = T0;
  // Time passes by it whatever the clock on the wall is set to.
  let monotonic: number = AT_FIRST.monotonic;
  const observe = (observation: Observation, supervisor = 'a'): EngineOutput =>
    engine.handle({ type: 'observed', supervisor, observation }, { now, monotonic });
  const all = (...readings: ProcessReading[]) =>
    observe({ type: 'all', readings, hostNow: now / 1_000, latencyMs: 3, pollMs: 5_000 });
  const some = (...readings: ProcessReading[]) => observe({ type: 'some', readings, gone: [] });
  const log = (...transitions: ReturnType<typeof reported>[]) => observe({ type: 'transitions', transitions });
  const pass = (ms: number) => {
    now += ms;
    monotonic += ms;
  };
  const setClock = (ms: number) => {
    now += ms;
  };
  const tick = () => engine.handle({ type: 'tick' }, { now, monotonic });
  const get = (rpcName: string) => engine.snapshot().supervisors.get('a')?.processes.get(`a:${rpcName}`);
  const story = () => engine.timeline().map(({ from, to }) => `${from} ${to}`);
  const withLog = () => observe({ type: 'source', source: 'log', note: '' });
  return { engine, observe, all, some, log, pass, setClock, tick, get, story, withLog };
}
