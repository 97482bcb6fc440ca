import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { escapePercent } from './supervisord-conf/quote-argument.ts';
import { FIRST_PORT, procfileLayer } from './template/procfile.ts';
import { toShellCommand } from './template/shell-command.ts';
import { ProjectError } from './project-error.ts';
import { isFile } from './project-files.ts';
import type { Findings } from './starter.ts';
import { starterConfig } from './starter.ts';

const manifestSchema = v.object({ scripts: v.optional(v.record(v.string(), v.string()), {}) });

/** Writes a starter into the directory, never over a file. Returns its path. */
export function writeStarter(dir: string): string {
  const path = join(dir, 'supervisord.conf');
  const text = starterConfig(inspect(dir));
  if (text === null) {
    throw new ProjectError(
      `${dir} has no manage.py, no Procfile, and no package.json with a "start" script; write ${path} by hand`,
    );
  }
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    const there = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new ProjectError(there ? `${path} is there already` : `${path} cannot be written: ${String(error)}`, {
      cause: error,
    });
  }
  return path;
}

function inspect(dir: string): Findings {
  const packages = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const celery = packages.find(({ name }) => isFile(join(dir, name, 'celery.py')))?.name ?? null;
  return { django: isFile(join(dir, 'manage.py')), celery, scripts: readScripts(dir), ...readProcfile(dir) };
}

function readScripts(dir: string): readonly string[] {
  const path = join(dir, 'package.json');
  if (!isFile(path)) return [];
  try {
    const parsed = v.safeParse(manifestSchema, JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? Object.keys(parsed.output.scripts) : [];
  } catch (error) {
    throw new ProjectError(`${path} is no JSON: ${String(error)}`, { cause: error });
  }
}

/** The commands as supervisord takes them: run by a shell. Quoting leaves no `{{` of a shell's. */
function readProcfile(dir: string): Pick<Findings, 'procfile' | 'release'> {
  const file = join(dir, 'Procfile');
  if (!isFile(file)) return { procfile: [], release: null };
  const { layer, release } = procfileLayer({ file, text: readFileSync(file, 'utf8'), port: FIRST_PORT });
  const programs = layer.filter(({ settings }) => settings.has('command'));
  return {
    procfile: programs.map(({ name, settings }) => ({
      name: name.slice('program:'.length),
      command: settings.get('command')?.value ?? '',
    })),
    release: release === null ? null : escapePercent(toShellCommand(release)),
  };
}
