// Finds processes by a variable in their environment: unlike parent and group, all that a supervisord starts keeps it,
// also the child that it forks in the moment in which it is told to end, and then forgets.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const GRACE_MS = 1_500;
const LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** Ends these supervisords and whatever carries `mark` (NAME=VALUE). What ignores SIGTERM gets little time here. */
export async function endMarked(mark: string, supervisords: readonly number[]): Promise<void> {
  for (const pid of supervisords) kill(pid, 'SIGTERM');
  const started = performance.now();
  for (;;) {
    const left = findMarked(mark);
    const spent = performance.now() - started;
    if (left.length === 0) return;
    // First what they wait for, so that they end in their own way; in the end all that is left.
    const stubborn = left.filter((pid) => !supervisords.includes(pid));
    if (spent > LIMIT_MS) left.forEach((pid) => kill(pid, 'SIGKILL'));
    else if (spent > GRACE_MS || stubborn.length === left.length) stubborn.forEach((pid) => kill(pid, 'SIGKILL'));
    // They need not be our children, so there is no event to wait for.
    await delay(LOOK_EVERY_MS);
  }
}

/** The living processes of ours that carry it; the beginning of a mark finds all that begin so. */
export function findMarked(mark: string): readonly number[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => readEnvironment(pid).some((entry) => entry.startsWith(mark))).map(Number);
}

/** Empty for a zombie, for what has ended meanwhile, and for what belongs to somebody else. */
function readEnvironment(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
