// `npm run check`: the static part of `npm test`, side by side; `start.mjs check NAME… [-- ARGUMENT…]` for some of it, with
// more arguments for its tool.
import { STATIC_CHECKS, runCheck } from './testing/static-checks.ts';

const words = process.argv.slice(2);
const end = words.indexOf('--');
const names = end < 0 ? words : words.slice(0, end);
const extra = end < 0 ? [] : words.slice(end + 1);
const unknown = names.filter((name) => STATIC_CHECKS.every((check) => !check.name.startsWith(name)));
if (unknown.length > 0) throw new Error(`there is no check named ${unknown.join(', ')}`);

const chosen = STATIC_CHECKS.filter(
  (check) => names.length === 0 || names.some((name) => check.name.startsWith(name)),
).map((check) => ({ ...check, command: [...check.command, ...extra] as const }));
const { signal } = new AbortController();
const results = await Promise.all(chosen.map((check) => runCheck(check, signal)));
process.exitCode = results.every(Boolean) ? 0 : 1;
