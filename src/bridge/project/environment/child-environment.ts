// The environment in which the programs of a project run.
import { delimiter, dirname, join } from 'node:path';
import type { Environment } from '../project-files.ts';
import { isFile } from '../project-files.ts';

export type ChildOptions = {
  readonly python: string | null;
  /** Of a Django project. */
  readonly settings: string | null;
  readonly more: Environment;
};

/** What manage.py tells us is about this call, and not for the programs. */
export const TOLD = ['MULTIVISOR_PROJECT_DIR', 'MULTIVISOR_PYTHON', 'MULTIVISOR_PYTHONPATH'] as const;

export function toChildEnvironment(env: Environment, { python, settings, more }: ChildOptions): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(Object.entries(env).filter(([name]) => !TOLD.some((told) => told === name)));
  const own = settings === null ? {} : { DJANGO_SETTINGS_MODULE: settings };
  return { ...inherited, ...activate(env, python), ...own, ...more };
}

/** As `activate` of a virtual environment does it: its commands are found, and before all others. */
function activate(env: Environment, python: string | null): Environment {
  if (python === null) return {};
  const bin = dirname(python);
  const venv = dirname(bin);
  const path = env['PATH'] ?? '';
  if (!isFile(join(venv, 'pyvenv.cfg'))) return {};
  return {
    VIRTUAL_ENV: venv,
    ...(path.split(delimiter)[0] === bin ? {} : { PATH: path === '' ? bin : `${bin}${delimiter}${path}` }),
  };
}
