// What a transition means for the process that made it: why it is down, and how often it came back.
import type { Fall, Process, ProcessReading, Reason, Transition } from './model.ts';
import { reasonOf } from './engine/transitions.ts';
import type { ProcessState } from './process-state.ts';
import { isProblem } from './process-state.ts';

/** The explanation of the BACKOFF before is better than the "gave up" that follows it. */
const GAVE_UP_KEEPS_MS = 10 * 60_000;

/** It went down by itself and nobody expected that: its last words are worth keeping, and somebody wants to know. */
export function isCrash({ to, reason }: Pick<Transition, 'to' | 'reason'>): boolean {
  if (to === 'BACKOFF' || to === 'FATAL') return true;
  return to === 'EXITED' && isUnexpected(reason);
}

/** What nobody called expected is not. */
export function isUnexpected(reason: Reason | null): boolean {
  return !((reason?.kind === 'exit' || reason?.kind === 'signal') && reason.expected);
}

/** Something is wrong with it: also when it runs again each time one looks, and an exit that its configuration does not expect. */
export function isTroubled({ state, fall, flapping }: Process): boolean {
  if (flapping !== null) return true;
  return isProblem(state) || (state === 'EXITED' && fall !== null && isUnexpected(fall.reason));
}

/** `counted`: it was told before, or its restart was. `sinceFallMs`: since it last went down before this; Infinity: never seen. */
type Telling = { readonly counted: boolean; readonly sinceFallMs: number };

/** The process with the transition told on it; the same object when it says nothing new. */
export function retell(process: Process, transition: Transition, { counted, sinceFallMs }: Telling): Process {
  const fall = nextFall(process, transition, sinceFallMs);
  const restarts = process.restarts + (!counted && isRestart(transition) ? 1 : 0);
  return fall === process.fall && restarts === process.restarts ? process : { ...process, fall, restarts };
}

export function isFall(to: ProcessState): boolean {
  return to === 'EXITED' || to === 'BACKOFF' || to === 'FATAL';
}

function isRestart({ to, from, reason, by }: Transition): boolean {
  if (by !== null) return false;
  if (reason?.kind === 'restarted') return true;
  // Where one only polls, it may run already by the next reading.
  return (to === 'STARTING' || to === 'RUNNING') && (from === 'EXITED' || from === 'BACKOFF');
}

function nextFall(process: Process, { to, at, reason }: Transition, sinceFallMs: number): Fall | null {
  if (!isFall(to)) return process.fall;
  const read = reasonOf(process);
  const spawnError = to !== 'EXITED' && read?.kind === 'spawn-error' ? read : null;
  const gaveUp = to === 'FATAL' && (reason === null || reason.kind === 'gave-up');
  if (gaveUp && !spawnError && process.fall && sinceFallMs < GAVE_UP_KEEPS_MS) return process.fall;
  const why = spawnError ?? reason ?? read ?? { kind: 'gave-up', message: '' };
  return { at, reason: why, lastLine: '' };
}

/** Of a process that is already down when first seen; its time is the host's, told on our clock. */
export function firstFall(reading: ProcessReading, clockOffsetMs: number, now: number): Fall | null {
  const reason = reasonOf(reading);
  if (!reason) return null;
  const at = reading.stoppedAt === null ? now : reading.stoppedAt * 1_000 - clockOffsetMs;
  return { at, reason, lastLine: '' };
}
