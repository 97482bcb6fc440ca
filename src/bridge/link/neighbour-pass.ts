/**
 * A listener without a token looks up whose each connection is, for which the kernel walks all connections of the host.
 * Whoever was found to be a neighbour gets this with the answer, and is spared that when he sends it along.
 */
export const PASS_HEADER = 'multivisor-pass';

/** Null when it is none: what a listener says is not taken for more than it may be. */
export function readPass(header: unknown): string | null {
  return typeof header === 'string' && /^[\w-]{20,100}$/u.test(header) ? header : null;
}
