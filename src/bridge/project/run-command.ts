// `multivisor project run CMD…`: one command as if it were a program of the project.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { toChildEnvironment } from './environment/child-environment.ts';
import { loadProject } from './load-project.ts';
import type { ProjectOptions } from './options.ts';
import { ProjectError } from './project-error.ts';
import type { ProjectWorld } from './project-world.ts';

/** Its exit code; 128 + the number of the signal that ended it, and 127 when there is none, as in a shell. */
export async function runAsProgram(
  [command, ...args]: readonly string[],
  { options, world }: { readonly options: ProjectOptions; readonly world: ProjectWorld },
): Promise<number> {
  if (command === undefined) throw new ProjectError('which command? multivisor project run COMMAND [ARGUMENT …]');
  const loaded = await loadProject({ options, place: world, self: world.self, signal: world.signal });
  loaded.warnings.forEach((warning) => world.err(`${warning}\n`));
  const { project, python, variables, environment } = loaded;
  const env = toChildEnvironment(world.env, {
    python,
    settings: project.settings,
    more: { ...variables, ...environment },
  });
  const child = spawn(command, args, { cwd: project.dir, env, stdio: 'inherit' });
  const end = () => void child.kill('SIGTERM');
  world.signal.addEventListener('abort', end, { once: true });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error) => {
        const missing = 'code' in error && error.code === 'ENOENT';
        const words = missing ? 'there is no such command' : error.message;
        reject(new ProjectError(`${command}: ${words}`, { exitCode: missing ? 127 : 126, cause: error }));
      });
      child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
    });
  } finally {
    world.signal.removeEventListener('abort', end);
  }
}
