// supervisord empties a log by removing the file and opening it again. A device, a pipe or a socket in that place is gone
// afterwards, and the log of a process that does not run stays as it was, with a success for an answer (#804).
import { toRpcName } from '../ids.ts';
import type { Process } from '../model.ts';
import type { Job } from './job.ts';
import { call } from './job.ts';
import type { Verdict } from './world.ts';
import { toVerdict } from './world.ts';

const NO_FILE = /^\/(?:dev\/|proc\/[^/]+\/fd\/)/u;

/** Why nobody may have these logs emptied, known before anybody asks; null when nothing speaks against it. */
export function refuseClear({ stdoutLog, stderrLog }: Pick<Process, 'stdoutLog' | 'stderrLog'>): string | null {
  const special = [stdoutLog, stderrLog].find((path) => NO_FILE.test(path));
  if (special === undefined) return null;
  return `its log is ${special}, which supervisord would delete and put a plain file in its place`;
}

export async function clear(job: Job, process: Process): Promise<Verdict> {
  const why = refuseClear(process);
  if (why !== null) return { ok: false, code: 'not-allowed', message: why };
  const result = await call(job, { op: 'clear', target: toRpcName(job.uid) });
  if (result.ok && result.kept === true && process.pid === null) {
    const message = 'nothing was emptied: supervisord only clears the log of a process that runs';
    return { ok: false, code: 'failed', message };
  }
  return toVerdict(result);
}
