// What `.gitignore` files name is no source: build output, databases, what a program writes.
import { readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Ignore } from 'ignore';
import ignore from 'ignore';
import { isFile } from '../project-files.ts';
import type { PathRule } from './patterns.ts';

/** Read once: the watcher is started again by a `reload`. */
export function gitIgnored(roots: readonly string[]): PathRule {
  const files = new Map<string, Ignore | null>();
  const read = (dir: string): Ignore | null => {
    const known = files.get(dir);
    if (known !== undefined) return known;
    const path = join(dir, '.gitignore');
    const rules = isFile(path) ? ignore().add(readFileSync(path, 'utf8')) : null;
    files.set(dir, rules);
    return rules;
  };
  return (path) => {
    const root = roots.find((each) => path.startsWith(`${each}${sep}`));
    if (root === undefined) return false;
    // The file nearest to a path has the last word on it.
    for (let dir = dirname(path); dir.length >= root.length; dir = dirname(dir)) {
      const said = read(dir)?.test(relative(dir, path));
      if (said?.ignored === true) return true;
      if (said?.unignored === true) return false;
    }
    return false;
  };
}
