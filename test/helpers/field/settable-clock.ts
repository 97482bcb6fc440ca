// libfaketime moves the wall clock of a real process, and of nothing else: the monotonic one goes on.
import { readdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export type SettableClock = {
  /** Of every process that is to go by it. */
  readonly env: Readonly<Record<string, string>>;
  /** So many seconds ahead of the clock of the machine, or behind it. */
  readonly set: (seconds: number) => Promise<void>;
};

/** `folder`: where its file may be. */
export async function openClock(folder: string): Promise<SettableClock> {
  const file = join(folder, 'clock');
  await writeFile(file, '+0\n');
  return {
    env: {
      LD_PRELOAD: findFaketime(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set: async (seconds) => {
      await writeFile(`${file}.next`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
      await rename(`${file}.next`, file);
    },
  };
}

/** Debian keeps it in a folder that is named for the processor. */
export function findFaketime(): string {
  const candidates = readdirSync('/usr/lib').map((folder) => `/usr/lib/${folder}/faketime`);
  const folder = candidates.find((each) => readdirIfThere(each).includes('libfaketimeMT.so.1'));
  if (folder === undefined) throw new Error('faketime is installed without its library');
  return join(folder, 'libfaketimeMT.so.1');
}

function readdirIfThere(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}
