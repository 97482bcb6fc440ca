// What a selection of test files needs, read from the files themselves: `npm test -- test/core` is there at once, and does
// not wait for a browser.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** It names every peer, for all who need one. */
const NAMES_ALL = join('test', 'helpers', 'peers.ts');
/** Of what is tested, nothing says what a test needs. */
const TESTED = ['src', 'bin', 'node_modules'];

export type Needs = {
  /** Whether one of the files, or of the helpers they import, says this word as it is here. */
  says(word: string): boolean;
  /** Whether one of them is, or imports, this file, given from the root. */
  imports(file: string): boolean;
};

/** Null when it cannot be told, as of a pattern: then everything may be needed. */
export function needsOf(root: string, selection: readonly string[]): Needs | null {
  const paths = selection.filter((word) => !word.startsWith('-')).map((word) => resolve(root, word));
  if (paths.length === 0 || !paths.every((path) => existsSync(path))) return null;
  const texts = new Map<string, string>();
  const visit = (path: string): void => {
    const name = relative(root, path);
    if (texts.has(name) || name === NAMES_ALL || TESTED.includes(name.split(sep)[0] ?? '')) return;
    const text = readFileSync(path, 'utf8');
    texts.set(name, text);
    for (const [, target = ''] of text.matchAll(/(?:from|import) '(\.[^']+)'/g)) {
      const imported = join(dirname(path), target);
      if (existsSync(imported)) visit(imported);
    }
  };
  paths.flatMap(testFiles).forEach(visit);
  return {
    says: (word) => [...texts.values()].some((text) => new RegExp(`\\b${word}\\b`).test(text)),
    imports: (file) => texts.has(join(file)),
  };
}

function testFiles(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.test\.tsx?$/.test(name)).map((name) => join(path, name));
}
