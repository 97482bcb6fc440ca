import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Supervisord } from './supervisord.ts';

/** The numbers of a supervisord's open files, and where each leads to. */
function filesOf(pid: number): readonly { readonly number: number; readonly target: string }[] {
  const dir = `/proc/${pid}/fd`;
  return readdirSync(dir).flatMap((entry) => {
    try {
      return [{ number: Number(entry), target: readlinkSync(join(dir, entry)) }];
    } catch {
      // Closed meanwhile.
      return [];
    }
  });
}

/** Through which its main log is read; the one that it writes to is among its first five. */
export function logFiles(host: Supervisord): readonly number[] {
  const files = filesOf(host.pid());
  return files.flatMap(({ number, target }) => (target === host.logPath && number > 4 ? [number] : []));
}

export function countOpenFiles(pid: number): number {
  return filesOf(pid).length;
}
