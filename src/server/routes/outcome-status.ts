import type { Outcome, OutcomeCode } from '../../core/ports.ts';

/** HTTP's word for what became of a target. */
export const STATUS_OF: Readonly<Record<OutcomeCode, number>> = {
  ok: 200,
  unchanged: 200,
  'not-found': 404,
  failed: 500,
  timeout: 504,
  cancelled: 503,
  'not-allowed': 403,
  unreachable: 503,
  busy: 409,
  untouched: 409,
  'no-log': 404,
  unsayable: 422,
  fault: 502,
};

export function inWords(outcomes: readonly Outcome[]): string {
  const [first, ...others] = outcomes.filter(({ ok }) => !ok);
  if (!first) return `${outcomes.length} done`;
  return `${others.length + 1} of ${outcomes.length} failed: ${first.target}: ${first.message}`;
}

/** The one code that all failures share; 500 when they differ. */
export function statusOf(outcomes: readonly Outcome[]): number {
  const failures = new Set(outcomes.filter(({ ok }) => !ok).map(({ code }) => STATUS_OF[code]));
  if (failures.size === 0) return 200;
  const [only] = failures;
  return failures.size === 1 && only !== undefined ? only : 500;
}
