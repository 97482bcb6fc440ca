// From the words of a command line to processes, with the errors that tell why there are none.
import { nearest } from '../core/config/nearest.ts';
import type { Process, Snapshot } from '../core/model.ts';
import { allProcesses } from '../core/engine/reduce.ts';
import type { Selection, Selector } from '../core/select.ts';
import { parseSelectors } from '../core/select.ts';
import { escapeText } from '../core/view/escape.ts';
import { CliError } from './cli-error.ts';
import { EXIT } from './exit-codes.ts';

export function selectorsOf(texts: readonly string[]): readonly Selector[] {
  const { selectors, errors } = parseSelectors(texts);
  if (errors.length === 0) return selectors;
  throw new CliError(errors.map(({ text, message }) => `"${text}": ${message}`).join('\n'));
}

/** Why a selection is not what was asked for, with its exit code; null when it is. */
export function complain(
  snapshot: Snapshot,
  selection: Selection,
  selectors: readonly Selector[],
): { readonly message: string; readonly exitCode: number } | null {
  const { supervisors, processes, unmatched } = selection;
  const down = supervisors.filter(({ link }) => link !== 'up');
  if (snapshot.supervisors.size > 0 && supervisors.length > 0 && down.length === supervisors.length) {
    if (processes.length > 0 && unmatched.length === 0) return null;
    const lines = down.map(({ name, error }) => `  ${name}: ${error?.message ?? 'no answer in time'}`);
    return { message: escapeLines(['no supervisor can be reached', ...lines]), exitCode: EXIT.unreachable };
  }
  if (unmatched.length === 0 && (processes.length > 0 || selectors.length === 0)) return null;
  const lines =
    unmatched.length > 0
      ? unmatched.map((text) => `no process matches "${text}"${suggest(snapshot, text)}`)
      : ['no process matches all of these terms'];
  if (unmatched.length > 1) lines.push("if the shell expanded a pattern into file names, quote it: 'web:*'");
  if (down.length > 0) lines.push(`not reached, so not searched: ${down.map(({ name }) => name).join(', ')}`);
  return { message: escapeLines(lines), exitCode: EXIT.notFound };
}

function escapeLines(lines: readonly string[]): string {
  return lines.map(escapeText).join('\n');
}

function suggest(snapshot: Snapshot, text: string): string {
  const processes = allProcesses(snapshot);
  const near = nearest(text, [...new Set(processes.flatMap(namesOf))]);
  if (near !== null) return `; did you mean "${near}"?`;
  return processes.length === 0 ? '' : '; multivisor status -o name lists what there is';
}

function namesOf({ uid, group, name, supervisor }: Process): string[] {
  return [name, `${group}:${name}`, `${group}:*`, `${supervisor}:*`, uid];
}
