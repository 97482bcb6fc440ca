/** Process states as supervisord names them, with its numeric codes (supervisor.states.ProcessStates). */
export const PROCESS_STATE_CODES = {
  STOPPED: 0,
  STARTING: 10,
  RUNNING: 20,
  BACKOFF: 30,
  STOPPING: 40,
  EXITED: 100,
  FATAL: 200,
  UNKNOWN: 1000,
} as const;

export type ProcessState = keyof typeof PROCESS_STATE_CODES;

export function isProcessState(text: string): text is ProcessState {
  return Object.hasOwn(PROCESS_STATE_CODES, text);
}

export const PROCESS_STATES: readonly ProcessState[] = Object.keys(PROCESS_STATE_CODES).filter(isProcessState);

/** supervisord's own state: 2 FATAL, 1 RUNNING, 0 RESTARTING, -1 SHUTDOWN. */
export type DaemonState = 'FATAL' | 'RUNNING' | 'RESTARTING' | 'SHUTDOWN' | 'UNKNOWN';

export function toProcessState(code: number): ProcessState {
  return PROCESS_STATES.find((state) => PROCESS_STATE_CODES[state] === code) ?? 'UNKNOWN';
}

/** A live child exists or is about to, BACKOFF too: what supervisord itself calls a running state. */
export function isAlive(state: ProcessState): boolean {
  return state === 'STARTING' || state === 'RUNNING' || state === 'BACKOFF';
}

/** Nothing runs and nothing will start by itself. */
export function isAtRest(state: ProcessState): boolean {
  return state === 'STOPPED' || state === 'EXITED' || state === 'FATAL';
}

/** Needs somebody's attention. */
export function isProblem(state: ProcessState): boolean {
  return state === 'FATAL' || state === 'BACKOFF' || state === 'UNKNOWN';
}
