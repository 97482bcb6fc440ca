import type { Outcome, OutcomeCode } from '../core/ports.ts';

export const EXIT = {
  ok: 0,
  generic: 1,
  usage: 2,
  notRunning: 3,
  notFound: 4,
  processFailed: 5,
  someFailed: 6,
  unreachable: 7,
  notAllowed: 8,
  timedOut: 124,
  interrupted: 130,
} as const;

/** What they mean, for help and manual. */
export const EXIT_MEANINGS: readonly (readonly [code: number, meaning: string])[] = [
  [EXIT.ok, 'all is well'],
  [EXIT.generic, 'something else went wrong'],
  [EXIT.usage, 'wrong usage or configuration'],
  [EXIT.notRunning, 'some matched process is not running'],
  [EXIT.notFound, 'no such process or supervisor'],
  [EXIT.processFailed, 'the process failed (FATAL)'],
  [EXIT.someFailed, 'some targets failed, or some supervisors could not be read'],
  [EXIT.unreachable, 'no supervisor reachable'],
  [EXIT.notAllowed, 'not allowed'],
  [EXIT.timedOut, 'timed out'],
  [EXIT.interrupted, 'interrupted'],
];

const OF_OUTCOME: Readonly<Record<OutcomeCode, number>> = {
  ok: EXIT.ok,
  unchanged: EXIT.ok,
  'not-found': EXIT.notFound,
  failed: EXIT.processFailed,
  timeout: EXIT.timedOut,
  cancelled: EXIT.interrupted,
  'not-allowed': EXIT.notAllowed,
  unreachable: EXIT.unreachable,
  busy: EXIT.generic,
  untouched: EXIT.someFailed,
  'no-log': EXIT.generic,
  unsayable: EXIT.generic,
  fault: EXIT.generic,
};

export function exitOfCode(code: OutcomeCode): number {
  return OF_OUTCOME[code];
}

/** When all failed in one way, that way; when only some failed, `someFailed`. */
export function exitOfOutcomes(outcomes: readonly Outcome[]): number {
  const failed = outcomes.filter((outcome) => !outcome.ok);
  if (failed.length === 0) return EXIT.ok;
  const codes = new Set(failed.map((outcome) => exitOfCode(outcome.code)));
  const [only] = codes;
  return failed.length === outcomes.length && codes.size === 1 && only !== undefined ? only : EXIT.someFailed;
}
