import type { Supervisor } from '../../core/model.ts';
import { isSourceDecided } from '../../core/poll-reasons.ts';
import type { Clock, Session, WaitOptions } from '../../core/ports.ts';

/** It answered with all that a status tells of it, or it is known not to. `sources`: and how its changes are told. */
function isDecided({ link, version, sourceNote }: Supervisor, sources: boolean): boolean {
  return link === 'down' || (link === 'up' && version !== null && (!sources || isSourceDecided(sourceNote)));
}

export type FirstAnswers = WaitOptions & {
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly sources?: boolean;
};

/** Ends when every supervisor is decided, the time is over, or it is aborted. */
export function awaitDecided(
  session: Session,
  { signal, timeoutMs, clock, sources = false }: FirstAnswers,
): Promise<void> {
  const decided = () => Array.from(session.snapshot().supervisors.values()).every((each) => isDecided(each, sources));
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
