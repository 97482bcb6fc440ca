import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Io } from '../io/io.ts';
import { ownFolder } from '../io/own-folder.ts';
import { writeWhole } from '../io/write-whole.ts';

export const HISTORY_LINES = 1_000;

/** Null: there is no place for it. */
export function historyFile(io: Pick<Io, 'env'>): string | null {
  const folder = ownFolder('state', io);
  return folder && join(folder, 'history');
}

/** Newest first, as readline wants them. */
export function readHistory(path: string | null): string[] {
  if (path === null) return [];
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.filter((line) => line !== '');
  } catch {
    // The first time there is none.
    return [];
  }
}

export function writeHistory(path: string | null, lines: readonly string[]): void {
  if (path === null) return;
  try {
    writeWhole(path, `${lines.slice(0, HISTORY_LINES).join('\n')}\n`);
  } catch {
    // A home that cannot be written to: the history ends with the shell.
  }
}
