// A link to the supervisord of a project that also tells what the project itself knows: who waits for whom, who is ready.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setInterval as every } from 'node:timers';
import type { ProcessReading } from '../../../core/model.ts';
import type { Observation } from '../../../core/observation.ts';
import type { SupervisorLink } from '../../../core/ports.ts';
import type { RunDirectory } from '../run-directory/paths.ts';
import { ProjectError } from '../project-error.ts';
import type { NotedRow, OrderReader } from './order-notes.ts';
import { ORDER_NOTES, readOrder } from './order-notes.ts';
import { READINESS } from './order-plan.ts';

const LOOK_EVERY_MS = 250;
const COMPANIONS: readonly string[] = ['autoreload', READINESS].map((name) => `${name}:${name}`);

export function withNotes(link: SupervisorLink, run: Pick<RunDirectory, 'dir'>): SupervisorLink {
  return {
    ...link,
    run: async (observe, options) => {
      const rows = new Map<string, NotedRow>();
      let told = '';
      const tell = () => {
        const next = toNotes(run, [...rows.values()]);
        const text = JSON.stringify(next);
        if (text === told) return;
        told = text;
        observe(next);
      };
      const hear = (observation: Observation) => {
        observe(observation);
        if (observation.type !== 'all' && observation.type !== 'some') return;
        if (observation.type === 'all') rows.clear();
        else observation.gone.forEach((name) => rows.delete(name));
        observation.readings.forEach((reading) => rows.set(`${reading.group}:${reading.name}`, toRow(reading)));
        tell();
      };
      let changed = changeOf(run);
      const looking = every(() => {
        const now = changeOf(run);
        if (now === changed) return;
        changed = now;
        tell();
      }, LOOK_EVERY_MS);
      try {
        await link.run(hear, options);
      } finally {
        clearInterval(looking);
      }
    },
  };
}

function toRow({ group, name, state, pid, startedAt }: ProcessReading): NotedRow {
  return { group, name, state, pid, neverStarted: startedAt === null };
}

function toNotes(run: Pick<RunDirectory, 'dir'>, rows: readonly NotedRow[]): Extract<Observation, { type: 'notes' }> {
  const order = read(run, rows);
  const noted = rows.flatMap((row): readonly (readonly [string, string])[] => {
    const note = order?.noteOf(row) ?? null;
    return note === null ? [] : [[`${row.group}:${row.name}`, note.words]];
  });
  const companions = COMPANIONS.filter((name) => rows.some((row) => `${row.group}:${row.name}` === name));
  return { type: 'notes', notes: Object.fromEntries(noted), companions };
}

/** What may be somebody else's is not believed; whoever acts on the project is told so. */
function read(run: Pick<RunDirectory, 'dir'>, rows: readonly NotedRow[]): OrderReader | null {
  try {
    return readOrder(run, rows);
  } catch (error) {
    if (error instanceof ProjectError) return null;
    throw error;
  }
}

/** It is written anew each time. */
function changeOf({ dir }: Pick<RunDirectory, 'dir'>): number {
  return statSync(join(dir, ORDER_NOTES), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
