// What the program `readiness` knows of the others, for whoever shows them.
import { join } from 'node:path';
import * as v from 'valibot';
import type { RunDirectory } from '../run-directory/paths.ts';
import { readPrivate, writePrivate } from '../run-directory/paths.ts';
import type { OrderPlan } from './order-plan.ts';
import { READINESS, readOrderPlan } from './order-plan.ts';

export const ORDER_NOTES = 'order-notes.json';

const note = v.object({
  /** Of the run that it is about; null: of one that has not begun. */
  pid: v.nullable(v.number()),
  /** '': there is nothing to say, it is ready. */
  words: v.string(),
  /** It will not come by itself: somebody has to look after it. */
  failed: v.boolean(),
});

const orderNotesSchema = v.record(v.string(), note);

export type OrderNote = v.InferOutput<typeof note>;
/** By `group:name`. */
export type OrderNotes = v.InferOutput<typeof orderNotesSchema>;

export function writeOrderNotes(run: Pick<RunDirectory, 'dir'>, notes: OrderNotes): void {
  writePrivate(join(run.dir, ORDER_NOTES), JSON.stringify(notes));
}

export type NotedRow = {
  readonly group: string;
  readonly name: string;
  readonly state: string;
  readonly pid: number | null;
  /** It never ran under this supervisord. */
  readonly neverStarted: boolean;
};

export type OrderReader = {
  /** Null for a process of which there is nothing to say. */
  noteOf(row: NotedRow): OrderNote | null;
};

/** Null: the project has no order, or nobody looks after it. */
export function readOrder(run: Pick<RunDirectory, 'dir'>, rows: readonly NotedRow[]): OrderReader | null {
  const keeper = rows.find(({ group, name }) => group === READINESS && name === READINESS);
  if (keeper === undefined || !['STARTING', 'RUNNING', 'BACKOFF'].includes(keeper.state)) return null;
  const plan = readOrderPlan(run);
  if (plan === null) return null;
  const notes = readPrivate(join(run.dir, ORDER_NOTES), orderNotesSchema) ?? {};
  const early = toEarlyNotes(plan);
  return {
    noteOf: ({ group, name, state, pid, neverStarted }) => {
      const target = `${group}:${name}`;
      const runs = state === 'RUNNING' || state === 'STARTING';
      const known = notes[target];
      const first = runs ? early.running.get(target) : early.waiting.get(target);
      if (!runs && !(state === 'STOPPED' && (neverStarted || known?.pid === null))) return null;
      const about = known?.pid === (runs ? pid : null) ? known : first;
      return about === undefined || about.words === '' ? null : about;
    },
  };
}

/** What holds until `readiness` has said something itself. */
function toEarlyNotes({ programs }: OrderPlan) {
  const running = new Map<string, OrderNote>();
  const waiting = new Map<string, OrderNote>();
  for (const { after, held, targets } of programs) {
    for (const { target, checks } of targets) {
      if (checks.length > 0) running.set(target, { pid: null, words: 'not ready', failed: false });
      if (held && after.length > 0) waiting.set(target, { pid: null, words: waitingFor(after), failed: false });
    }
  }
  return { running, waiting };
}

export function waitingFor(after: readonly { readonly name: string }[]): string {
  return `waiting for ${after.map(({ name }) => name).join(', ')}`;
}
