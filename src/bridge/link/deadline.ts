/**
 * Aborted with `signal`, and after `ms` with a TimeoutError. By a timer of its own: a timeout that only AbortSignal.any
 * holds, Node 20 can collect as garbage, and it never comes.
 */
export function withDeadline(signal: AbortSignal, ms: number): AbortSignal {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException(`not within ${ms / 1_000} s`, 'TimeoutError')), ms);
  timer.unref();
  const end = (): void => {
    clearTimeout(timer);
    limit.abort(signal.reason);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return limit.signal;
}
