// What a program leaves behind when it crashes may hold the port of the one that supervisord starts in its place.
import { statSync } from 'node:fs';
import { pause } from '../../link/pause.ts';
import { parseLogLine } from '../../supervisord-api/parse-log-line.ts';
import { createFileFollower } from '../foreground/follow-file.ts';
import { endLeftBehind } from '../run-directory/orphans.ts';

export type ClearOptions = {
  /** Of supervisord, which tells each end. */
  readonly mainLog: string;
  /** How much of it is of no concern. */
  readonly from: number;
  readonly runDir: string;
  readonly supervisord: number;
  readonly signal: AbortSignal;
};

const LOOK_EVERY_MS = 250;

/** Until aborted. What ends as it should may have left something on purpose: that is left until the next stop. */
export async function clearAfterCrashes({ mainLog, from, runDir, supervisord, signal }: ClearOptions): Promise<void> {
  const log = createFileFollower(mainLog, from);
  try {
    while (!signal.aborted) {
      const events = log.read().map(parseLogLine);
      const crashed = events.some((event) => event?.type === 'exited' && event.ending?.expected === false);
      if (crashed) await endLeftBehind(runDir, { supervisord, signal });
      await pause(LOOK_EVERY_MS, signal);
    }
  } finally {
    log.end();
  }
}

/** By a program of ours: whoever runs it is that supervisord. */
export function clearFromNow(
  mainLog: string | null,
  { runDir, signal }: Pick<ClearOptions, 'runDir' | 'signal'>,
): Promise<void> {
  if (mainLog === null) return Promise.resolve();
  const from = statSync(mainLog, { throwIfNoEntry: false })?.size ?? 0;
  return clearAfterCrashes({ mainLog, from, runDir, supervisord: process.ppid, signal });
}
