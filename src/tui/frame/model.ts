// What a frame is a function of, and what it is.
import type { Snapshot, Transition } from '../../core/model.ts';
import type { Connection } from '../../core/ports.ts';
import type { Keymap } from '../keys/keymap.ts';
import type { LineStyler, Span } from '../renderer/styled-line.ts';
import type { TextRole } from '../theme.ts';
import type { KeyedRows } from '../ui-state/cursor.ts';
import type { UiState } from '../ui-state/ui-state.ts';

export type Size = { readonly columns: number; readonly rows: number };

/** What does not change while the program runs. */
export type ModelSetting = {
  readonly title: string;
  /** 'local', or the address of the server. */
  readonly mode: string;
  /** Why nothing may be changed; null when it may. */
  readonly readOnly: string | null;
  readonly keymap: Keymap;
  /** Options of a command line that reaches the same supervisors. */
  readonly commandOptions: readonly string[];
};

export type Model = {
  readonly snapshot: Snapshot;
  readonly timeline: readonly Transition[];
  readonly connection: Connection;
  readonly ui: UiState;
  readonly now: number;
  /** When a key was last pressed. */
  readonly touchedAt: number;
  readonly size: Size;
  readonly setting: ModelSetting;
  readonly styler: LineStyler;
};

export type Cell = { readonly text: string; readonly role?: TextRole };

export type TableSpec = {
  /** Empty: no heading line. */
  readonly headings: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Of each column, in cells. */
  readonly widths: readonly number[];
};

/** Finished lines, or a small static table for ink-table; one line of the screen per line and row. */
export type Block =
  { readonly kind: 'lines'; readonly lines: readonly string[] } | { readonly kind: 'table'; readonly table: TableSpec };

/** The part of a screen that moves: a list with a cursor, or a page that scrolls. */
export type Body = {
  readonly blocks: readonly Block[];
  /** What the cursor of a list moves over; null on a page. */
  readonly rows: KeyedRows | null;
  /** Lines of the list or page in all, and how many are seen of it. */
  readonly count: number;
  readonly height: number;
};

/** What opens above the footer, and the keys that work in it. */
export type Panel = { readonly blocks: readonly Block[]; readonly footer: readonly Span[] };

export type Frame = {
  readonly blocks: readonly Block[];
  readonly body: Body;
  /** The text will be another one after so many milliseconds, if nothing else happens. */
  readonly changesWithinMs: number;
};

/** Text that tells time notes here when it will read differently. */
export type Ticker = { readonly within: (ms: number) => void };
