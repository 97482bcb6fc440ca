// Commands that are under way.

export type JobProgress = {
  readonly id: number;
  readonly title: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly begunAt: number;
};

export type JobsState = readonly JobProgress[];

export type JobsAction =
  | { readonly type: 'begin'; readonly id: number; readonly title: string; readonly total: number; readonly at: number }
  | { readonly type: 'outcome'; readonly id: number; readonly ok: boolean }
  | { readonly type: 'end'; readonly id: number };

export function followJobs(state: JobsState, action: JobsAction): JobsState {
  switch (action.type) {
    case 'begin':
      return [
        ...state,
        { id: action.id, title: action.title, total: action.total, done: 0, failed: 0, begunAt: action.at },
      ];
    case 'outcome':
      return state.map((job) =>
        job.id === action.id ? { ...job, done: job.done + 1, failed: job.failed + (action.ok ? 0 : 1) } : job,
      );
    case 'end':
      return state.filter((job) => job.id !== action.id);
  }
}
