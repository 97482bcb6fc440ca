// Where choices, the history of the shell and names for completion are kept. Not where another user could put links or
// files of theirs: with sudo, HOME may still be somebody else's.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { refusePath } from '../config/trust-file.ts';
import type { Io } from './io.ts';

const BASES = {
  state: { variable: 'XDG_STATE_HOME', below: '.local/state' },
  cache: { variable: 'XDG_CACHE_HOME', below: '.cache' },
} as const;

/** Null: nothing is read there or kept. It need not be there yet. */
export function ownFolder(kind: keyof typeof BASES, { env }: Pick<Io, 'env'>): string | null {
  const { variable, below } = BASES[kind];
  const folder = join(env[variable] || join(env['HOME'] || homedir(), below), 'multivisor');
  return refusePath(folder) === null ? folder : null;
}
