import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isGlob, toGlob } from '../../core/glob.ts';

/** Paths that match an absolute shell glob, sorted. A wildcard stays within its folder and leaves dot files alone. */
export function listFiles(pattern: string): readonly string[] {
  let paths = ['/'];
  for (const part of pattern.split('/').filter((text) => text !== '')) {
    const expression = toGlob(part);
    const entries = (folder: string) =>
      namesIn(folder).filter((name) => expression.test(name) && (part.startsWith('.') || !name.startsWith('.')));
    paths = paths.flatMap((path) => (isGlob(part) ? entries(path) : [part]).map((name) => join(path, name)));
  }
  return paths.toSorted();
}

/** None in what is no folder or may not be looked into: a glob then matches nothing there, as in a shell. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
