// Everything the screen is a function of besides the snapshot, in slices that know nothing of one another.
import type { Arrangement, ArrangementAction } from './arrangement.ts';
import { arrange } from './arrangement.ts';
import type { CursorsAction, CursorsState } from './cursor.ts';
import { FIRST_ROWS, placeCursors } from './cursor.ts';
import type { DialogAction, DialogState } from './dialog.ts';
import { converse } from './dialog.ts';
import type { FilterAction, FilterState } from './filter-input.ts';
import { filterInput, toFilterState } from './filter-input.ts';
import type { JobsAction, JobsState } from './jobs.ts';
import { followJobs } from './jobs.ts';
import type { LogsAction, LogsState } from './logs.ts';
import { NO_LOGS, readLogs } from './logs.ts';
import type { MarksAction, MarksState } from './marks.ts';
import { mark, NO_MARKS } from './marks.ts';
import type { NavigationAction, NavigationState } from './navigation.ts';
import { FIRST_PLACE, navigate } from './navigation.ts';
import type { NoticesAction, NoticesState } from './notices.ts';
import { addNotices, NO_NOTICES } from './notices.ts';
import type { PaletteAction, PaletteState } from './palette.ts';
import { editPalette } from './palette.ts';
import type { PreviewAction, PreviewState } from './preview.ts';
import { NO_PREVIEW, preview } from './preview.ts';

export type UiState = {
  readonly navigation: NavigationState;
  readonly cursors: CursorsState;
  readonly marks: MarksState;
  readonly filter: FilterState;
  readonly arrangement: Arrangement;
  readonly dialog: DialogState;
  readonly palette: PaletteState;
  readonly logs: LogsState;
  readonly preview: PreviewState;
  readonly notices: NoticesState;
  readonly jobs: JobsState;
};

export type UiActions = {
  readonly navigation: NavigationAction;
  readonly cursors: CursorsAction;
  readonly marks: MarksAction;
  readonly filter: FilterAction;
  readonly arrangement: ArrangementAction;
  readonly dialog: DialogAction;
  readonly palette: PaletteAction;
  readonly logs: LogsAction;
  readonly preview: PreviewAction;
  readonly notices: NoticesAction;
  readonly jobs: JobsAction;
};

export type Slice = keyof UiState;

const REDUCERS: { readonly [S in Slice]: (state: UiState[S], action: UiActions[S]) => UiState[S] } = {
  navigation: navigate,
  cursors: placeCursors,
  marks: mark,
  filter: filterInput,
  arrangement: arrange,
  dialog: converse,
  palette: editPalette,
  logs: readLogs,
  preview,
  notices: addNotices,
  jobs: followJobs,
};

export function createUiState(arrangement: Arrangement, filter: string): UiState {
  return {
    navigation: FIRST_PLACE,
    cursors: FIRST_ROWS,
    marks: NO_MARKS,
    filter: toFilterState(filter),
    arrangement,
    dialog: null,
    palette: null,
    logs: NO_LOGS,
    preview: NO_PREVIEW,
    notices: NO_NOTICES,
    jobs: [],
  };
}

/** The same object when the action changed nothing. */
export function reduceUi<S extends Slice>(state: UiState, slice: S, action: UiActions[S]): UiState {
  const next = REDUCERS[slice](state[slice], action);
  return next === state[slice] ? state : { ...state, [slice]: next };
}
