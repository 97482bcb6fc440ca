// What a list of processes is asked for, and what it is made of.
import type { Process, Supervisor } from '../model.ts';
import type { Filter } from './filter.ts';
import type { SortKey } from './sort.ts';
import type { StateCounts } from './tally.ts';

export const GROUPINGS = ['group', 'supervisor', 'none'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export type RowsQuery = {
  readonly filter: Filter;
  readonly sort: SortKey;
  readonly reversed: boolean;
  readonly groupBy: Grouping;
  readonly onlyProblems: boolean;
  /** Keys of group rows whose processes are hidden. */
  readonly folded: ReadonlySet<string>;
  /** Agents (agent.ts) stand at the end in a group of their own, `AGENTS_KEY`; in their place when left out. */
  readonly agentsApart?: boolean;
};

export type ProcessRow = {
  readonly kind: 'process';
  /** The uid. */
  readonly key: string;
  readonly process: Process;
  readonly supervisor: Supervisor;
  /** How well it matches the filter, 0 to 1; there only when the rows are sorted by it. */
  readonly score?: number;
};

export type GroupRow = {
  readonly kind: 'group';
  readonly key: string;
  readonly title: string;
  readonly folded: boolean;
  readonly members: readonly ProcessRow[];
  /** The same in lists that stay the same ones while nothing in them changes. */
  readonly parts: readonly (readonly ProcessRow[])[];
};

export type Row = ProcessRow | GroupRow;

export type Rows = {
  readonly rows: readonly Row[];
  /** Processes that match, also those in folded groups. */
  readonly matching: readonly ProcessRow[];
  readonly total: number;
  /** Of all processes, whatever the filter. */
  readonly counts: StateCounts;
  readonly supervisorsUp: number;
  readonly supervisors: number;
};
