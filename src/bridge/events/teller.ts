import type { Observation, ReportedTransition } from '../../core/observation.ts';
import type { Explainer } from './explain.ts';
import { isExplained } from './explain.ts';

export type TellerOptions = {
  readonly explainer: Explainer;
  /** The end of supervisord's main log; null: not to be had. */
  readonly logEnd: (options: { readonly signal: AbortSignal }) => Promise<string | null>;
  readonly observe: (observation: Observation) => void;
  readonly onFailure: (error: unknown) => void;
  readonly signal: AbortSignal;
};

/**
 * What only the log tells is waited for no longer. Rows do not wait for it, and a report that comes late completes what
 * was told without it: a host that is slow to answer is no reason to lose the cause of a fall.
 */
const EXPLAIN_MS = 3_000;

/** Tells transitions in their order, each fall with its cause and each start with its pid; those that come while one is looked up go together. */
export function createTeller(options: TellerOptions): (transitions: readonly ReportedTransition[]) => void {
  const { explainer, observe, signal } = options;
  const waiting: ReportedTransition[] = [];
  let telling = false;

  const logEnd = async (): Promise<string> => {
    const limit = AbortSignal.timeout(EXPLAIN_MS);
    try {
      return (await options.logEnd({ signal: AbortSignal.any([signal, limit]) })) ?? '';
    } catch (error) {
      if (limit.aborted) return '';
      throw error;
    }
  };
  const drain = async () => {
    telling = true;
    try {
      while (waiting.length > 0 && !signal.aborted) {
        const log = waiting.some(isExplained) ? await logEnd() : '';
        const batch = waiting.splice(0);
        const transitions = log === '' ? batch : explainer.explain(batch, log);
        if (!signal.aborted) observe({ type: 'transitions', transitions });
      }
    } finally {
      telling = false;
    }
  };

  return (transitions) => {
    for (const transition of transitions) waiting.push(transition);
    if (!telling) drain().catch(options.onFailure);
  };
}
