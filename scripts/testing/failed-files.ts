import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The files of these tests, named as ava names them in a run of all; null when one cannot be told. */
export function failedFiles(root: string, titles: readonly string[]): readonly string[] | null {
  const files = titles.map((title) => {
    const words = title.split(' › ');
    return words
      .map((_, index) => join('test', `${words.slice(0, index + 1).join('/')}.test.ts`))
      .find((path) => existsSync(join(root, path)));
  });
  return files.every((file) => file !== undefined) ? [...new Set(files)] : null;
}
