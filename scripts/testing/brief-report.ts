import { stripVTControlCharacters } from 'node:util';

/**
 * Ava's output for a reader who was not there: what failed and why, in full, and of what passed only how many in
 * which part. A thousand lines of what passed hide the one that did not, and logs that are cut keep the wrong ones.
 */
export type BriefReport = {
  /** Takes ava's output as it comes; a line may be cut anywhere. */
  write(text: string): void;
  /** Says what is left, and how many passed in each part. */
  end(): void;
};

export function createBriefReport(print: (text: string) => void): BriefReport {
  let rest = '';
  let afterPass = false;
  const passed = new Map<string, number>();
  const take = (line: string): void => {
    const plain = stripVTControlCharacters(line);
    if (/^ {2}[✔√] /u.test(plain)) {
      const part = plain.slice(4).split(' › ').slice(0, -1).slice(0, 2).join('/') || 'tests';
      passed.set(part, (passed.get(part) ?? 0) + 1);
      afterPass = true;
      return;
    }
    // What a test that passed noted about itself.
    if (afterPass && /^ {4}\S/u.test(plain)) return;
    afterPass = false;
    if (plain.trim() !== '') print(`${line}\n`);
  };
  return {
    write: (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(take);
    },
    end: () => {
      if (rest !== '') take(rest);
      rest = '';
      for (const [part, count] of passed) print(`✔ ${part}: ${count} passed\n`);
    },
  };
}
