// A supervisord that is killed leaves its programs behind. They are known by a variable of their environment.
import { readFileSync, readdirSync } from 'node:fs';
import { pause } from '../../link/pause.ts';

export const RUN_VARIABLE = 'MULTIVISOR_RUN';

const GRACE_MS = 3_000;
const LOOK_EVERY_MS = 25;

/** Processes that run under the supervisord of this run directory, or did; never ourselves nor whoever started us. */
export function findOrphans(runDir: string): readonly number[] {
  const mark = `\0${RUN_VARIABLE}=${runDir}\0`;
  const ours = new Set(lineOf(process.pid));
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/u.test(entry))
    .map(Number)
    .filter((pid) => !ours.has(pid) && `\0${readProc(pid, 'environ')}`.includes(mark) && isAlive(pid));
}

/** SIGTERM, then SIGKILL for who does not go. Returns how many there were. */
export async function endOrphans(runDir: string, { signal }: { readonly signal: AbortSignal }): Promise<number> {
  const found = findOrphans(runDir);
  found.forEach((pid) => send(pid, 'SIGTERM'));
  const end = performance.now() + GRACE_MS;
  let left = found;
  while (left.length > 0 && performance.now() < end) {
    await pause(LOOK_EVERY_MS, signal);
    left = findOrphans(runDir);
  }
  left.forEach((pid) => send(pid, 'SIGKILL'));
  return found.length;
}

/** At once, with everything below. */
export function killOrphans(runDir: string): void {
  findOrphans(runDir).forEach((pid) => send(pid, 'SIGKILL'));
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It went by itself meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The process, its parent, and so on. */
function lineOf(pid: number): readonly number[] {
  const parent = Number(statFields(pid)[1] ?? 0);
  return parent > 1 ? [pid, ...lineOf(parent)] : [pid];
}

/** There, and not just waiting for its parent to notice its end. */
export function isAlive(pid: number): boolean {
  const [state = ''] = statFields(pid);
  return state !== '' && state !== 'Z';
}

/** From the state on: the name before it may hold anything. */
function statFields(pid: number): readonly string[] {
  const stat = readProc(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Empty when it is gone or somebody else's. */
export function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
