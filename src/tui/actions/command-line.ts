// The command line that does the same as a dialog: complete, quoted, to be pasted into a shell.
import { parseUid } from '../../core/ids.ts';
import type { Snapshot } from '../../core/model.ts';
import type { Orders } from '../../core/orders.ts';
import { isSupervisorAction } from '../../core/orders.ts';

/** `options` are those this program was started with that say where the supervisors are. */
export function toCommandLine(snapshot: Snapshot, orders: Orders, options: readonly string[]): string {
  const { action, targets, signal, batch = 0 } = orders;
  const names = isSupervisorAction(action) ? targets : toSelectors(snapshot, targets);
  const words = [
    'multivisor',
    action,
    ...options,
    ...(signal === undefined ? [] : [signal]),
    ...(batch > 0 ? ['--batch', String(batch)] : []),
    ...names,
  ];
  return words.map(quoteForShell).join(' ');
}

/** Whole supervisors and whole groups in one word each, so that the line stays readable. */
function toSelectors(snapshot: Snapshot, uids: readonly string[]): string[] {
  const wanted = new Set(uids);
  const words = new Set<string>();
  for (const uid of uids) {
    const parts = parseUid(uid);
    const all = [...(snapshot.supervisors.get(parts?.supervisor ?? '')?.processes.values() ?? [])];
    const inGroup = all.filter((process) => process.group === parts?.group);
    const covers = (processes: readonly { readonly uid: string }[]) =>
      processes.length > 1 && processes.every((process) => wanted.has(process.uid));
    if (parts && covers(all)) words.add(`${escapeGlob(parts.supervisor)}:*`);
    else if (parts && covers(inGroup)) words.add(`${escapeGlob(parts.supervisor)}:${escapeGlob(parts.group)}:*`);
    else words.add(escapeGlob(uid));
  }
  return [...words];
}

/** Selectors are globs, and `key=value` is a field: what a name holds of these must stand for itself. */
function escapeGlob(text: string): string {
  return text.replace(/[*?[=]/gu, '[$&]');
}

const SAFE = /^[\w@%+:,./-]+$/u;

/** For POSIX shells; control characters need the `$'…'` that bash, zsh and ksh have. */
export function quoteForShell(word: string): string {
  if (SAFE.test(word)) return word;
  if (!/\p{Cc}/u.test(word)) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  const body = word
    .replace(/[\\']/gu, String.raw`\$&`)
    .replace(/\p{Cc}/gu, (character) => String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `$'${body}'`;
}
