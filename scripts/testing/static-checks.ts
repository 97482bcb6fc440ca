// What can be said about the code without running it. Each check may be run by itself: `npm run lint`.
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../run.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CHECK_DEADLINE_MS = 180_000;

export type Check = { readonly name: string; readonly command: readonly [string, ...string[]] };

export const STATIC_CHECKS: readonly Check[] = [
  { name: 'format', command: ['prettier', '--check', '--log-level=warn', '.'] },
  { name: 'lint', command: ['oxlint', '--type-aware'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'types of the page', command: ['tsc', '-p', 'src/server/web'] },
  { name: 'unused code', command: ['knip'] },
];

/** Runs it and says how it went: in a line when it is well, in full when it is not. */
export async function runCheck({ name, command: [command, ...args] }: Check, signal: AbortSignal): Promise<boolean> {
  const started = performance.now();
  const path = [join(ROOT, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  // Some of them colour what they say on a CI machine even when nobody could see it.
  const env = { ...process.env, PATH: path, NO_COLOR: '1' };
  const result = await run(command, args, { signal, timeoutMs: CHECK_DEADLINE_MS, cwd: ROOT, env });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (!result.ok) console.log(result.output.trim());
  console.log(`${result.ok ? '✔' : '✘'} ${name} (${seconds} s)`);
  return result.ok;
}
