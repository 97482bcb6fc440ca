// Which files matter to the watcher.
import { relative, sep } from 'node:path';
import { toGlob } from '../../../core/glob.ts';

export type PathRule = (path: string) => boolean;

/** What no project means by its code, however it is called. */
const NEVER = [
  '.git',
  '.hg',
  '.svn',
  'node_modules',
  '__pycache__',
  '.venv',
  'venv',
  'site-packages',
  '.cache',
  '.tox',
];
const NEVER_FILES = ['*.templated', '*.pyc', '*.swp', '*.swx', '4913'];

/** Shell globs over the name of a file, or over its path below the watched directory when they hold a slash. */
export function matchesAny(globs: readonly string[], root: string): PathRule {
  const rules = globs.map((glob) => ({ expression: toGlob(glob), whole: glob.includes('/') }));
  return (path) => {
    const inside = relative(root, path);
    const name = inside.slice(inside.lastIndexOf(sep) + 1);
    return rules.some(({ expression, whole }) => expression.test(whole ? inside : name));
  };
}

/** True for what is not even looked at: also directories, so that nothing below them costs a watch. */
export function ignores(globs: readonly string[], paths: readonly string[], roots: readonly string[]): PathRule {
  const expressions = [...globs, ...NEVER_FILES].filter((glob) => !glob.includes('/')).map(toGlob);
  const whole = roots.map((root) =>
    matchesAny(
      globs.filter((glob) => glob.includes('/')),
      root,
    ),
  );
  const never = new Set(NEVER);
  return (path) => {
    if (paths.some((ignored) => path === ignored || path.startsWith(`${ignored}${sep}`))) return true;
    const root = roots.find((each) => path === each || path.startsWith(`${each}${sep}`));
    if (root === undefined || path === root) return false;
    if (whole.some((rule) => rule(path))) return true;
    const parts = relative(root, path).split(sep);
    return parts.some((part) => never.has(part) || expressions.some((expression) => expression.test(part)));
  };
}
