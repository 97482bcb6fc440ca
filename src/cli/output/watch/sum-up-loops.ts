// A process that flaps is told now and then, instead of each turn of its loop.
import { isLoopTurn } from '../../../core/flapping.ts';
import type { Told } from './watch-feed.ts';

/** Of each process; the first time at once. */
const AGAIN_MS = 5_000;

/** What is to be told at this moment of a monotonic clock; null: nothing, it was told a moment ago. */
export function createLoopSummary(): (told: Told, at: number) => Told | null {
  const toldAt = new Map<string, number>();
  return (told, at) => {
    if (told.type !== 'changed' && told.type !== 'fields') return told;
    const { process, supervisor } = told;
    const { uid } = process;
    if (process.flapping === null) {
      toldAt.delete(uid);
      return told;
    }
    if (told.type === 'changed' && !isLoopTurn(told.transition, process)) return told;
    const last = toldAt.get(uid);
    if (last !== undefined && at - last < AGAIN_MS) return null;
    toldAt.set(uid, at);
    return { type: 'fields', process, supervisor, fields: ['flapping'] };
  };
}
