// Small questions to the file system.
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Environment = Readonly<Record<string, string | undefined>>;

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isFile(path);
  } catch {
    // Not there, not readable, not executable: all the same to who looks for a command.
    return false;
  }
}

/** As a shell finds it. */
export function findOnPath(name: string, env: Environment): string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/** From `start` upwards, itself included. */
export function ancestors(start: string): readonly string[] {
  const above = dirname(start);
  return above === start ? [start] : [start, ...ancestors(above)];
}

/** The directory of our Python files: `python/` of this package, whether it runs from its sources or bundled. */
export function findPythonDir(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const found = ancestors(here)
    .map((folder) => join(folder, 'python'))
    .find((folder) => existsSync(join(folder, 'multivisor_render.py')));
  if (found === undefined)
    throw new Error(`the python directory of this package is missing above ${here}; reinstall it`);
  return resolve(found);
}
