// Which project is meant, where it is, and with which Python it runs.
import { readFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { ProjectOptions } from './options.ts';
import { ProjectError } from './project-error.ts';
import type { Environment } from './project-files.ts';
import { ancestors, findOnPath, isDirectory, isExecutable, isFile } from './project-files.ts';

export type ProjectKind = 'django' | 'config' | 'procfile';

export type Project = {
  readonly dir: string;
  readonly kind: ProjectKind;
  /** The configuration that was named or found; null: the project's settings decide. */
  readonly configFile: string | null;
  /** Of a Django project: its settings module. */
  readonly settings: string | null;
};

export type Place = { readonly cwd: string; readonly env: Environment };

/** Throws ProjectError with what to do. Nothing of the project is run to find it. */
export function findProject(options: ProjectOptions, { cwd, env }: Place): Project {
  const dir = findProjectDir(options, { cwd, env });
  const given = options.configFile;
  const configFile = given === null ? null : resolveConfig(given, cwd, dir);
  const manage = join(dir, 'manage.py');
  const settings = options.settings ?? env['DJANGO_SETTINGS_MODULE'] ?? (isFile(manage) ? readSettings(manage) : null);
  if (isFile(manage)) return { dir, kind: 'django', configFile, settings };
  const own = join(dir, 'supervisord.conf');
  if (configFile !== null) return { dir, kind: 'config', configFile, settings: null };
  if (isFile(own)) return { dir, kind: 'config', configFile: own, settings: null };
  const procfile = join(dir, 'Procfile');
  if (isFile(procfile)) return { dir, kind: 'procfile', configFile: procfile, settings: null };
  throw new ProjectError(
    `${dir} has no supervisord.conf, manage.py or Procfile; write one with "multivisor project init"`,
  );
}

/** For `init`, too: there the directory may still be without any configuration. */
export function findProjectDir(options: ProjectOptions, { cwd, env }: Place): string {
  if (options.projectDir !== null) {
    const dir = resolve(cwd, options.projectDir);
    if (!isDirectory(dir)) throw new ProjectError(`--project-dir ${options.projectDir}: there is no such directory`);
    return dir;
  }
  const told = env['MULTIVISOR_PROJECT_DIR'];
  if (told !== undefined && told !== '') return told;
  const above = ancestors(cwd);
  const marked = (name: string) => above.find((folder) => isFile(join(folder, name)));
  const found = marked('manage.py') ?? marked('supervisord.conf') ?? marked('Procfile');
  if (found !== undefined) return found;
  const module = options.settings ?? env['DJANGO_SETTINGS_MODULE'];
  const bySettings = module === undefined ? null : dirOfSettings(module, { cwd, env, options });
  if (bySettings !== null) return bySettings;
  if (options.configFile !== null) return dirname(resolve(cwd, options.configFile));
  return marked('package.json') ?? cwd;
}

/** The directory of the settings' top package when it has manage.py, else the one above. */
function dirOfSettings(
  module: string,
  { cwd, env, options }: Place & { readonly options: ProjectOptions },
): string | null {
  const paths = [options.pythonpath ?? '', ...(env['PYTHONPATH'] ?? '').split(delimiter)].filter((path) => path !== '');
  const packages = paths.map((path) => join(resolve(cwd, path), module.split('.')[0] ?? ''));
  const candidates = packages.filter(isDirectory).flatMap((folder) => [folder, dirname(folder)]);
  return candidates.find((folder) => isFile(join(folder, 'manage.py'))) ?? null;
}

/** As a path of the shell it is relative to where one stands; a setting of the project is relative to the project. */
function resolveConfig(given: string, cwd: string, dir: string): string {
  const candidates = isAbsolute(given) ? [given] : [resolve(cwd, given), resolve(dir, given)];
  const found = candidates.find(isFile);
  if (found === undefined) throw new ProjectError(`--config-file ${given}: there is no ${candidates.join(' and no ')}`);
  return found;
}

/** What manage.py sets when nobody else did; null when it does so in another way. */
function readSettings(manage: string): string | null {
  const text = readFileSync(manage, 'utf8');
  return /DJANGO_SETTINGS_MODULE['"]\s*(?:,|\]\s*=)\s*['"]([\w.]+)['"]/u.exec(text)?.[1] ?? null;
}

/**
 * The Python of the project: the one that called us, the active virtual environment, one beside manage.py, or PATH's.
 * Never resolved: the real path of a virtual environment's Python is not in it.
 */
export function findPython(options: ProjectOptions, dir: string, { cwd, env }: Place): string | null {
  if (options.python !== null) {
    return options.python.includes('/') ? resolve(cwd, options.python) : findOnPath(options.python, env);
  }
  const told = env['MULTIVISOR_PYTHON'];
  if (told !== undefined && told !== '') return told;
  const active = env['VIRTUAL_ENV'];
  const folders = [...(active ? [active] : []), ...['.venv', 'venv', 'env'].map((name) => join(dir, name))];
  const found = folders.map((folder) => join(folder, 'bin', 'python')).find(isExecutable);
  return found ?? findOnPath('python3', env) ?? findOnPath('python', env);
}
