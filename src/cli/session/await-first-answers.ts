import type { Supervisor } from '../../core/model.ts';
import type { Clock, Session, WaitOptions } from '../../core/ports.ts';

/** It answered with all that a status tells of it, or it is known not to. */
function isDecided(supervisor: Supervisor): boolean {
  return supervisor.link === 'down' || (supervisor.link === 'up' && supervisor.version !== null);
}

/** Ends when every supervisor is decided, the time is over, or it is aborted. */
export function awaitDecided(
  session: Session,
  { signal, timeoutMs, clock }: WaitOptions & { readonly timeoutMs: number; readonly clock: Clock },
): Promise<void> {
  const decided = () => Array.from(session.snapshot().supervisors.values()).every(isDecided);
  return new Promise((resolve) => {
    if (signal.aborted || decided()) return resolve();
    const cleanups: (() => void)[] = [];
    const end = () => {
      cleanups.forEach((cleanup) => cleanup());
      resolve();
    };
    signal.addEventListener('abort', end);
    cleanups.push(
      () => signal.removeEventListener('abort', end),
      session.subscribe(() => {
        if (decided()) end();
      }),
      clock.after(timeoutMs, end),
    );
  });
}
