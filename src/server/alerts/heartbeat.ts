// A ping that somebody else misses when we are gone.
import type { Heartbeat } from '../../core/config/alerts-config.ts';
import type { Clock } from '../../core/ports.ts';
import { post } from './channels/post.ts';

const PING_MS = 10_000;

/** Begins at once. Settles when it has ended. */
export function startHeartbeat(
  { target, everyMs }: Heartbeat,
  { clock, warn }: { readonly clock: Clock; readonly warn: (text: string) => void },
): () => Promise<void> {
  const ending = new AbortController();
  let isWell = true;
  let cancel: (() => void) | null = null;
  const ping = async (): Promise<void> => {
    cancel = clock.after(everyMs, beat);
    const late = new AbortController();
    const cancelLate = clock.after(PING_MS, () => late.abort());
    const signal = AbortSignal.any([late.signal, ending.signal]);
    const answer = await post({ ...target, method: 'GET', type: '', body: '' }, { signal });
    cancelLate();
    if (ending.signal.aborted) return;
    if (!answer.ok && isWell) warn(`the heartbeat does not reach ${target.label}: ${answer.said}`);
    if (answer.ok && !isWell) warn(`the heartbeat reaches ${target.label} again`);
    isWell = answer.ok;
  };
  let last: Promise<void> = Promise.resolve();
  const beat = () => {
    last = ping();
  };
  beat();
  return async () => {
    ending.abort();
    cancel?.();
    await last;
  };
}
