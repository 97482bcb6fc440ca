// The logs screen. Lines arrive in coalesced lots; what does not fit into the memory given to them is dropped from the
// front and counted on the screen.
import type { LogStream } from '../../core/ports.ts';
import type { LineEdit } from './line-edit.ts';
import { editLine, toLineEdit } from './line-edit.ts';

export type LogLine = {
  /** Rises by one per line. */
  readonly id: number;
  readonly uid: string;
  readonly stream: LogStream;
  /** When it was received here. */
  readonly at: number;
  /** Already harmless for a terminal. */
  readonly text: string;
  /** Not written by the process: a gap, a failure, the end. */
  readonly note: boolean;
};

export type LogsState = {
  readonly uids: readonly string[];
  readonly lines: readonly LogLine[];
  readonly characters: number;
  readonly dropped: number;
  readonly lastId: number;
  readonly stream: LogStream | 'both';
  readonly follow: boolean;
  readonly wrap: boolean;
  readonly times: boolean;
  readonly search: string;
  readonly filter: string;
  readonly editing: { readonly what: 'search' | 'filter'; readonly line: LineEdit; readonly before: string } | null;
  /** Id of the first line on the screen while not following. */
  readonly topId: number;
  /** Cells that long lines are moved to the left by. */
  readonly left: number;
};

export type LogsAction =
  | { readonly type: 'open'; readonly uids: readonly string[] }
  | { readonly type: 'lines'; readonly lines: readonly Omit<LogLine, 'id'>[] }
  | { readonly type: 'empty' | 'toggle-wrap' | 'toggle-times' | 'next-stream' | 'follow' | 'accept' | 'cancel' }
  /** Stand still with this line on top. */
  | { readonly type: 'stand'; readonly topId: number }
  | { readonly type: 'shift'; readonly by: number }
  | { readonly type: 'edit'; readonly what: 'search' | 'filter' }
  | { readonly type: 'key'; readonly key: string };

export const LOG_LINES_KEPT = 20_000;
export const LOG_CHARACTERS_KEPT = 4_000_000;

export const NO_LOGS: LogsState = {
  uids: [],
  lines: [],
  characters: 0,
  dropped: 0,
  lastId: 0,
  stream: 'both',
  follow: true,
  wrap: false,
  times: false,
  search: '',
  filter: '',
  editing: null,
  topId: 0,
  left: 0,
};

const NEXT_STREAM = { both: 'stdout', stdout: 'stderr', stderr: 'both' } as const;

export function readLogs(state: LogsState, action: LogsAction): LogsState {
  switch (action.type) {
    case 'open':
      // How somebody reads logs outlives what was read.
      return { ...NO_LOGS, uids: action.uids, wrap: state.wrap, times: state.times, lastId: state.lastId };
    case 'lines':
      return append(state, action.lines);
    case 'empty':
      return { ...state, lines: [], characters: 0, dropped: 0 };
    case 'toggle-wrap':
      return { ...state, wrap: !state.wrap, left: 0 };
    case 'toggle-times':
      return { ...state, times: !state.times };
    case 'next-stream':
      return { ...state, stream: NEXT_STREAM[state.stream] };
    case 'follow':
      return { ...state, follow: true };
    case 'stand':
      return { ...state, follow: false, topId: action.topId };
    case 'shift':
      return { ...state, left: Math.max(0, state.left + action.by) };
    case 'edit':
      return { ...state, editing: { what: action.what, line: toLineEdit(''), before: state[action.what] } };
    case 'key': {
      const line = state.editing ? editLine(state.editing.line, action.key) : null;
      if (!line || !state.editing) return state;
      return { ...state, [state.editing.what]: line.text, editing: { ...state.editing, line } };
    }
    case 'accept':
      return { ...state, editing: null };
    case 'cancel':
      return state.editing ? { ...state, [state.editing.what]: '', editing: null } : state;
  }
}

function append(state: LogsState, added: readonly Omit<LogLine, 'id'>[]): LogsState {
  if (added.length === 0) return state;
  const all = [...state.lines, ...added.map((line, index) => ({ ...line, id: state.lastId + index + 1 }))];
  let characters = added.reduce((sum, line) => sum + line.text.length, state.characters);
  let drop = 0;
  while (all.length - drop > LOG_LINES_KEPT || characters > LOG_CHARACTERS_KEPT) {
    characters -= all[drop]?.text.length ?? 0;
    drop++;
  }
  return {
    ...state,
    lines: drop === 0 ? all : all.slice(drop),
    characters,
    dropped: state.dropped + drop,
    lastId: state.lastId + added.length,
  };
}
