import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { withExec } from '../template/shell-command.ts';
import { ProjectError } from '../project-error.ts';

export type ReleaseOptions = { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal };

/** The `release` of a Procfile, with our input and outputs. Throws ProjectError when it does not succeed. */
export async function runRelease(command: string, { cwd, env, signal }: ReleaseOptions): Promise<void> {
  const child = spawn('/bin/sh', ['-c', withExec(command)], { cwd, env, stdio: 'inherit' });
  const end = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  try {
    const [code, ended] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (...how) => resolve(how));
    });
    signal.throwIfAborted();
    if (code === 0) return;
    const how = ended === null ? `exited with ${code}` : `was ended by ${ended}`;
    throw new ProjectError(`release ${how}, so nothing was started: ${command}`, {
      exitCode: code ?? 128 + constants.signals[ended ?? 'SIGTERM'],
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}
