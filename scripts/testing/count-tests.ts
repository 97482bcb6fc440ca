import { stripVTControlCharacters } from 'node:util';

export type TestCounts = { readonly passed: number; readonly failed: number; readonly skipped: number };

export type TestCounter = {
  /** Takes ava's output as it comes; a line may be cut anywhere. */
  write(text: string): void;
  counts(): TestCounts;
  /** As ava names them: `cli › act › its title`. */
  failures(): readonly string[];
  /** The same of those that passed, without how long they took. */
  passes(): readonly string[];
};

/**
 * Counts what ava's own reporter prints when its output is no terminal: one line a test, indented by two.
 * Its TAP output would be made for counting, but says neither line nor source of what failed.
 */
export function createTestCounter(): TestCounter {
  let rest = '';
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  const passes: string[] = [];
  const count = (line: string): void => {
    // The second glyph of each pair is what ava prints on the Linux console.
    if (/^ {2}[✔√] /u.test(line)) {
      counts.passed += 1;
      passes.push(line.slice(4).replace(/ \((?:\d+m ?)?(?:[\d.]+m?s)?\)$/u, ''));
    } else if (/^ {2}([✘×] |- \[todo\] )/u.test(line)) {
      counts.failed += 1;
      failures.push(line.replace(/^ {2}(?:[✘×] \[fail\]: |- \[todo\] )/u, ''));
    } else if (line.startsWith('  - [skip] ')) counts.skipped += 1;
  };
  return {
    write: (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach((line) => count(stripVTControlCharacters(line)));
    },
    counts: () => ({ ...counts }),
    failures: () => [...failures],
    passes: () => [...passes],
  };
}
