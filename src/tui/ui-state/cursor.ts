// The cursor of a list. It stands on a row, not on a line: it stays with its process when rows come and go, and finds
// it again when a supervisor vanishes and returns.

export type Cursor = {
  /** The key of its row; null: the first row, whichever that is. */
  readonly key: string | null;
  readonly index: number;
  /** Index of the first row on the screen. */
  readonly top: number;
};

const FIRST_ROW: Cursor = { key: null, index: 0, top: 0 };

export type KeyedRows = readonly { readonly key: string }[];

/** Rows kept in view above and below the cursor. */
const MARGIN = 2;

/** Where the cursor is now that these are the rows and so many of them fit. */
export function settleCursor(cursor: Cursor, rows: KeyedRows, height: number): Cursor {
  const index = findIndex(cursor, rows);
  // What moved above the cursor moves the window along: the row stays where the eye is.
  const top = windowTop(cursor.top + (index - cursor.index), { index, count: rows.length, height });
  return index === cursor.index && top === cursor.top ? cursor : { key: cursor.key, index, top };
}

export function moveCursor(
  cursor: Cursor,
  rows: KeyedRows,
  to: { readonly index: number; readonly height: number },
): Cursor {
  const index = clamp(to.index, 0, rows.length - 1);
  const top = windowTop(cursor.top, { index, count: rows.length, height: to.height });
  return { key: rows[index]?.key ?? null, index, top };
}

function findIndex({ key, index }: Cursor, rows: KeyedRows): number {
  if (key === null) return 0;
  if (rows[index]?.key === key) return index;
  const found = rows.findIndex((row) => row.key === key);
  return found >= 0 ? found : clamp(index, 0, rows.length - 1);
}

type Window = { readonly index: number; readonly count: number; readonly height: number };

function windowTop(top: number, { index, count, height }: Window): number {
  const margin = Math.min(MARGIN, Math.max(0, Math.floor((height - 1) / 2)));
  const lowest = Math.min(top, index - margin);
  const needed = Math.max(lowest, index + margin - height + 1);
  return clamp(needed, 0, count - height);
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

export type CursorsState = Readonly<Record<'processes' | 'supervisors' | 'timeline' | 'messages' | 'pages', Cursor>>;

export type CursorsAction = { readonly type: 'set'; readonly list: keyof CursorsState; readonly cursor: Cursor };

export const FIRST_ROWS: CursorsState = {
  processes: FIRST_ROW,
  supervisors: FIRST_ROW,
  timeline: FIRST_ROW,
  messages: FIRST_ROW,
  /** Details and help: pages that scroll. */
  pages: FIRST_ROW,
};

export function placeCursors(state: CursorsState, action: CursorsAction): CursorsState {
  return state[action.list] === action.cursor ? state : { ...state, [action.list]: action.cursor };
}
