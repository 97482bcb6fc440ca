// Whose word a configuration is. One that was found by looking names hosts to log in at, and files and variables whose
// content goes there: whoever may write it would get them. Named with -c it is the user's own choice.
import { realpathSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;
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

/** Why somebody else decides what stands at this path, there or not yet; null when only the user and root do. */
export function refusePath(path: string): string | null {
  const target = realPath(path);
  if (target === null) return path === dirname(path) ? null : refusePath(dirname(path));
  const why = refuseStat(statSync(target));
  if (why !== null) return why;
  for (let at = dirname(target); at !== dirname(at); at = dirname(at)) {
    const stat = statSync(at);
    // As in /tmp, everybody may put something there, but nobody takes away what is another's.
    const foreign = (stat.mode & STICKY) === 0 ? refuseStat(stat) : refuseOwner(stat);
    if (foreign !== null) return foreign.replace(/^it /u, `its folder ${at} `);
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
  const foreign = refuseOwner(stat);
  if (foreign !== null) return foreign;
  // Where each user has a group of their own, files that it may write to are the rule, and nobody else is in it.
  const ownGroup = stat.gid === stat.uid && stat.uid === me && me !== 0;
  const isOpen = (stat.mode & OTHERS_WRITE) !== 0 || ((stat.mode & GROUP_WRITES) !== 0 && !ownGroup);
  return isOpen ? 'it may be written to by others' : null;
}

function refuseOwner({ uid }: Stats): string | null {
  return uid === 0 || uid === process.getuid?.() ? null : `it belongs to user ${uid}`;
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    // Not there, or not for us to see: whoever reads it will say so.
    return null;
  }
}
