import type { ProcessState } from '../../core/process-state.ts';

/** Of the counts: what runs, what is on its way, what needs somebody, what rests. */
export const STATE_ORDER: readonly ProcessState[] = [
  'RUNNING',
  'STARTING',
  'STOPPING',
  'BACKOFF',
  'FATAL',
  'UNKNOWN',
  'EXITED',
  'STOPPED',
];
