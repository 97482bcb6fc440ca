// Where a running project keeps what is nobody else's business: the configuration that supervisord reads, its socket,
// its logs, and how it was started. One for each project directory.
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { ProjectError } from '../project-error.ts';
import type { Environment } from '../project-files.ts';
import { isOwnDirectory, readOwnFile } from './trust.ts';

export type RunDirectory = {
  readonly dir: string;
  readonly config: string;
  readonly socket: string;
  readonly logs: string;
  /** What the watcher goes by. */
  readonly plan: string;
  /** How the supervisord that runs, or ran last, was started and is reached. */
  readonly state: string;
};

/** Linux takes 108 bytes with the final zero; other systems 104. */
const MAX_SOCKET_PATH = 103;

/** The paths, without making them. */
export function toRunDirectory(projectDir: string, env: Environment): RunDirectory {
  const hash = createHash('sha256').update(realpathSync(projectDir)).digest('hex').slice(0, 12);
  const runtime = env['XDG_RUNTIME_DIR'] ?? '';
  const own = join(tmpdir(), `multivisor-${process.getuid?.() ?? 0}`);
  const bases = [
    ...(runtime.startsWith('/') ? [join(runtime, 'multivisor')] : []),
    own,
    join('/tmp', `multivisor-${process.getuid?.() ?? 0}`),
  ];
  const fits = bases.find((base) => Buffer.byteLength(join(base, hash, 's.sock')) <= MAX_SOCKET_PATH);
  const dir = join(fits ?? own, hash);
  return {
    dir,
    config: join(dir, 'supervisord.conf'),
    socket: join(dir, 's.sock'),
    logs: join(dir, 'logs'),
    plan: join(dir, 'plan.json'),
    state: join(dir, 'state.json'),
  };
}

/** Makes them, for nobody but us; refuses a directory that somebody else put there. */
export function createRunDirectory(run: RunDirectory): void {
  const base = join(run.dir, '..');
  for (const dir of [base, run.dir, run.logs]) {
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
    } catch (error) {
      const next = 'set XDG_RUNTIME_DIR to a directory of yours';
      throw new ProjectError(`${dir} cannot be made: ${toReason(error)}; ${next}`, { cause: error });
    }
    if (isOwnDirectory(dir) && (statSync(dir).mode & 0o077) !== 0) chmodSync(dir, 0o700);
  }
}

/** In one step, readable by nobody else. Throws ProjectError when it cannot be written: what was there before stays. */
export function writePrivate(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, path);
  } catch (cause) {
    // On a full disk the half of it would only fill it more.
    rmSync(temporary, { force: true });
    throw new ProjectError(`${path} cannot be written: ${toReason(cause)}`, { cause, exitCode: 1 });
  }
}

function toReason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Null when there is none or it is no JSON of this shape: then it is as if it had never been written. Throws ProjectError
 * when somebody else may have written it.
 */
export function readPrivate<T>(path: string, schema: v.GenericSchema<unknown, T>): T | null {
  const text = readOwnFile(path);
  if (text === null) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return parsed.success ? parsed.output : null;
}

/** Drawn once for each run directory, so that what getconfig prints can be started by hand and still be controlled. */
export function readPassword(run: RunDirectory): string {
  const path = join(run.dir, 'password.json');
  const known = readPrivate(path, v.pipe(v.string(), v.minLength(16)));
  if (known !== null) return known;
  const password = randomBytes(18).toString('hex');
  writePrivate(path, JSON.stringify(password));
  return password;
}
