import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Whether dist/ was built after everything that it is made of was last written. */
export function isBuilt(root: string): boolean {
  // It is written last.
  const built = modified(join(root, 'dist', 'multivisor.js'));
  const sources = ['src', 'bin'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(root, folder, name)),
  );
  const recipe = ['package.json', 'package-lock.json', 'scripts/build.ts', 'scripts/build/build-page.ts'];
  return [...sources, ...recipe.map((name) => join(root, name))].every((path) => modified(path) <= built);
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
