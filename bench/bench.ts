export type BenchOptions = {
  readonly signal: AbortSignal;
  /** The path of a supervisord; `supervisorctl` is beside it. */
  readonly supervisord: string;
  /** The bundled command, just built. */
  readonly command: string;
};

/** One thing that was measured, and what it is compared with from the same run. */
export type Figure = {
  readonly what: string;
  readonly unit: string;
  readonly samples: readonly number[];
  /** What this part of the samples must stay within (1: all of them); a figure beyond it fails the bench. */
  readonly limit?: { readonly part: number; readonly most: number };
  /** `ratios`: of each of our samples to the one taken beside it. */
  readonly against?: { readonly what: string; readonly samples: readonly number[]; readonly ratios: readonly number[] };
};

export type Bench = {
  readonly name: string;
  readonly summary: string;
  readonly run: (options: BenchOptions) => Promise<readonly Figure[]>;
};

/** The value below which this part of the samples lies: 0.5 is the median. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
