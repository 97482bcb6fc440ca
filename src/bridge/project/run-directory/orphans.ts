// Processes that nobody supervises any more. A supervisord that is killed leaves its programs behind, and a program that
// ends leaves what it had started: supervisord counts only the process that it started itself. They are known by a
// variable of their environment.
import { readFileSync, readdirSync } from 'node:fs';
import { pause } from '../../link/pause.ts';

export const RUN_VARIABLE = 'MULTIVISOR_RUN';

/** Who was told to end together with its program, needs no second word. */
const QUIET_MS = 200;
const GRACE_MS = 4_000;
/** Who waits for a disk does not go at all. */
const KILLED_MS = 2_000;
const POLL_EVERY_MS = 25;

/** Processes that run under the supervisord of this run directory, or did; never ourselves nor whoever started us. */
export function findOrphans(runDir: string): readonly number[] {
  const ours = new Set(lineOf(process.pid));
  return allPids().filter((pid) => !ours.has(pid) && isMarked(pid, runDir) && isPidAlive(pid));
}

/**
 * What programs of a supervisord left when they ended: in its session but not below it, and in the process group of no
 * program that lives. What made a session of its own meant to stay.
 */
function findLeftBehind(runDir: string, supervisord: number): readonly number[] {
  const table = readTable();
  // It leads a session of its own, in the foreground as well as in the background.
  const session = table.get(supervisord)?.session ?? supervisord;
  const isBelow = (pid: number): boolean => {
    const parent = table.get(pid)?.parent ?? 0;
    return pid === supervisord || (parent > 1 && isBelow(parent));
  };
  return Array.from(table)
    .filter(([pid, { session: own, group }]) => own === session && !isBelow(pid) && !isBelow(group))
    .map(([pid]) => pid)
    .filter((pid) => isMarked(pid, runDir) && isPidAlive(pid));
}

/** All that a supervisord which is gone has left. Returns how many there were. */
export function endOrphans(runDir: string, options: { readonly signal: AbortSignal }): Promise<number> {
  return end(() => findOrphans(runDir), options);
}

/** What programs of this supervisord left when they ended. Returns how many there were. */
export function endLeftBehind(
  runDir: string,
  { supervisord, signal }: { readonly supervisord: number; readonly signal: AbortSignal },
): Promise<number> {
  return end(() => findLeftBehind(runDir, supervisord), { signal });
}

/** SIGTERM, then SIGKILL for who does not go. */
async function end(find: () => readonly number[], { signal }: { readonly signal: AbortSignal }): Promise<number> {
  const begun = performance.now();
  const found = new Set<number>();
  const told = new Set<number>();
  for (let left = find(); left.length > 0 && !signal.aborted; left = find()) {
    const waited = performance.now() - begun;
    left.forEach((pid) => found.add(pid));
    if (waited > GRACE_MS + KILLED_MS) break;
    if (waited > GRACE_MS) left.forEach((pid) => send(pid, 'SIGKILL'));
    else if (waited > QUIET_MS) {
      left.filter((pid) => !told.has(pid)).forEach((pid) => send(pid, 'SIGTERM'));
      left.forEach((pid) => told.add(pid));
    }
    await pause(POLL_EVERY_MS, signal);
  }
  return found.size;
}

/** At once, with everything below. */
export function killOrphans(runDir: string): void {
  findOrphans(runDir).forEach((pid) => send(pid, 'SIGKILL'));
}

function allPids(): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/u.test(entry))
    .map(Number);
}

function isMarked(pid: number, runDir: string): boolean {
  return `\0${readProc(pid, 'environ')}`.includes(`\0${RUN_VARIABLE}=${runDir}\0`);
}

type Kinship = { readonly parent: number; readonly group: number; readonly session: number };

function readTable(): ReadonlyMap<number, Kinship> {
  return new Map(
    allPids().flatMap((pid) => {
      const [state = '', ...fields] = statFields(pid);
      const [parent = 0, group = 0, session = 0] = fields.slice(0, 3).map(Number);
      // A leader that waits for its parent to notice its end leads nobody any more.
      return state === '' || state === 'Z' ? [] : [[pid, { parent, group, session }] as const];
    }),
  );
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
export function isPidAlive(pid: number): boolean {
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
