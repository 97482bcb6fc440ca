import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { ProjectError } from '../project-error.ts';
import type { Environment } from '../project-files.ts';
import { findOnPath, isExecutable } from '../project-files.ts';

const PROBE = 'import importlib.util, sys; sys.exit(importlib.util.find_spec("supervisor") is None)';
const PROBE_MS = 10_000;

/** The command of a supervisord: beside the project's Python, as a module of it, or on PATH. */
export async function locateSupervisord(python: string | null, env: Environment): Promise<readonly string[]> {
  if (python !== null) {
    const beside = join(dirname(python), 'supervisord');
    if (isExecutable(beside)) return [beside];
    if (await hasModule(python)) return [python, '-m', 'supervisor.supervisord'];
  }
  const onPath = findOnPath('supervisord', env);
  if (onPath !== null) return [onPath];
  const into = python === null ? 'pip install supervisor' : `${python} -m pip install supervisor`;
  throw new ProjectError(`supervisord was not found; install it with "${into}", or put it on PATH`, { exitCode: 1 });
}

async function hasModule(python: string): Promise<boolean> {
  const probe = spawn(python, ['-c', PROBE], { stdio: 'ignore', timeout: PROBE_MS });
  // Also one that could not be started, which `once` rejects.
  const [code]: unknown[] = await once(probe, 'exit').catch(() => [null]);
  return code === 0;
}
