// Whose word a configuration is. One that was found by looking names hosts to log in at, and files and variables whose
// content goes there: whoever may write it would get them. Named with -c it is the user's own choice.
import { realpathSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const OTHERS_READ = 0o004;
const OTHERS_PASS = 0o001;

/** Why a file that nobody named does not count; null when only the user and root may have written it, or it is not there. */
export function refuseFound(path: string): string | null {
  const target = realPath(path);
  if (target === null) return null;
  // Through a link others might lead us to a file of theirs, or of somebody else's.
  for (const each of new Set([target, dirname(target), resolve(dirname(path))])) {
    const why = refuseStat(statSync(each));
    if (why !== null) return each === target ? why : why.replace(/^it /u, `its folder ${each} `);
  }
  return null;
}

/** Whether everybody on this machine may read it. */
export function isReadableByAll(path: string): boolean {
  const target = realPath(path);
  if (target === null || (statSync(target).mode & OTHERS_READ) === 0) return false;
  for (let at = dirname(target); ; at = dirname(at)) {
    if ((statSync(at).mode & OTHERS_PASS) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

function refuseStat(stat: Stats): string | null {
  const me = process.getuid?.();
  if (me === undefined) return null;
  if (stat.uid !== me && stat.uid !== 0) return `it belongs to user ${stat.uid}`;
  // Where each user has a group of their own, files that it may write to are the rule, and nobody else is in it.
  const ownGroup = stat.gid === stat.uid && stat.uid === me && me !== 0;
  const isOpen = (stat.mode & OTHERS_WRITE) !== 0 || ((stat.mode & GROUP_WRITES) !== 0 && !ownGroup);
  return isOpen ? 'it may be written to by others' : null;
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    // Not there, or not for us to see: whoever reads it will say so.
    return null;
  }
}
