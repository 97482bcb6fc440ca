// What somebody else could have put there is neither read, nor connected to, nor run: any user of the machine may make
// a directory of the name that ours would have.
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { ProjectError } from '../project-error.ts';

const WRITABLE_BY_OTHERS = 0o022;

/** False: it is not there. Throws ProjectError when it is, and not ours alone. */
export function isOwnDirectory(dir: string): boolean {
  const stat = lstatSync(dir, { throwIfNoEntry: false });
  if (!stat) return false;
  if (!stat.isDirectory()) refuse(dir, stat.isSymbolicLink() ? 'it is a link' : 'it is no directory');
  if (stat.uid !== process.getuid?.()) refuse(dir, `it belongs to user ${stat.uid}`);
  if ((stat.mode & WRITABLE_BY_OTHERS) !== 0) refuse(dir, 'others may write to it');
  return true;
}

/** Null when it, or a directory that it is in, is not there. Throws ProjectError when any of them is not ours alone. */
export function readOwnFile(path: string): string | null {
  const dir = dirname(path);
  if (!isOwnDirectory(dirname(dir)) || !isOwnDirectory(dir)) return null;
  // Not followed when it is a link, not waited for when it is a pipe.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let file: number;
  try {
    file = openSync(path, flags);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT') return null;
    return refuse(path, code === 'ELOOP' ? 'it is a link' : 'it cannot be read', error);
  }
  try {
    refuseFile(path, fstatSync(file));
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function refuseFile(path: string, stat: Stats): void {
  if (!stat.isFile()) refuse(path, 'it is no file');
  if (stat.uid !== process.getuid?.()) refuse(path, `it belongs to user ${stat.uid}`);
  if ((stat.mode & WRITABLE_BY_OTHERS) !== 0) refuse(path, 'others may write to it');
}

function refuse(path: string, why: string, cause?: unknown): never {
  throw new ProjectError(
    `${path} is not ours alone: ${why}; remove it, or set XDG_RUNTIME_DIR to a directory of yours`,
    {
      cause,
    },
  );
}
