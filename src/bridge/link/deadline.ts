/** Aborted with `signal`, and after `ms` with a TimeoutError. Its timer holds no process open. */
export function withDeadline(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(ms)]);
}
