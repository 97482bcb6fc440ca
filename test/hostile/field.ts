// One field of the table: a door and a kind of badness, and what that cost others.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as after } from 'node:timers/promises';
import { measureTurns } from '../helpers/longest-turn.ts';
import type { Told } from './door.ts';

export type Field = {
  readonly door: string;
  readonly badness: string;
  readonly cases: number;
  /** Of CPU time, in one turn of the event loop: so long all others wait. */
  readonly longestMs: number;
  /** What a timer of somebody else was late, 99 of 100 times; on the wall, so with what the machine did beside it. */
  readonly lateMs: number;
  readonly memoryMb: number;
  readonly told: readonly string[];
};

export type FieldOptions = {
  readonly door: string;
  readonly badness: string;
  readonly cases: readonly (() => Told)[];
  /** The door was used before: what is loaded and compiled at the first time has nothing to do with what is said. */
  readonly warm: boolean;
};

const STEP_MS = 1;

export async function runField({ door, badness, cases, warm }: FieldOptions): Promise<Field> {
  const told: string[] = [];
  if (!warm) await cases[0]?.();
  const before = process.memoryUsage().rss;
  const late = monitorEventLoopDelay({ resolution: STEP_MS });
  late.enable();
  const { longestMs } = await measureTurns(async () => {
    for (const each of cases) {
      told.push(await each());
      await after(1);
    }
  });
  late.disable();
  const memoryMb = Math.max(0, process.memoryUsage().rss - before) / 2 ** 20;
  const lateMs = Math.max(0, late.percentile(99) / 1e6 - STEP_MS);
  return { door, badness, cases: cases.length, longestMs, lateMs, memoryMb, told };
}

export function toTable(fields: readonly Field[], missing: readonly (readonly [string, string, string])[]): string {
  const lines = fields.map(({ door, badness, cases, longestMs, lateMs, memoryMb, told }) =>
    [
      door.padEnd(20),
      badness.padEnd(24),
      String(cases).padStart(5),
      longestMs.toFixed(1).padStart(10),
      lateMs.toFixed(1).padStart(9),
      memoryMb.toFixed(0).padStart(4),
      ` ${JSON.stringify(told.at(-1) ?? '').slice(1, 90)}`,
    ].join(' '),
  );
  const none = missing.map(([door, badness, why]) => `${door.padEnd(20)} ${badness.padEnd(24)}     –  ${why}`);
  return [
    'door                 badness                  cases  longest ms  p99 late  MB  what the last one was told',
    ...lines,
    ...none,
  ].join('\n');
}
