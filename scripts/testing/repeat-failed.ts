import { failedFiles } from './failed-files.ts';
import { runAva, type AvaOptions } from './run-ava.ts';

/** More than these are no accident of a busy machine. */
const FEW = 3;

/** Runs the files of the tests that failed once more, when they are few; gives those that passed then. */
export async function repeatFailed(titles: readonly string[], options: AvaOptions): Promise<readonly string[]> {
  const files = failedFiles(options.cwd, titles);
  if (files === null || files.length === 0 || files.length > FEW) return [];
  console.log(`\nonce more: ${files.join(' ')}`);
  const again = await runAva(['--concurrency=1', ...files], options);
  const hasPassed = (title: string): boolean =>
    again.passes.some((passed) => title.startsWith(passed) || title.includes(` › ${passed}`));
  return titles.filter(hasPassed);
}
