// A disk of 1 MB that a test may fill. It is mounted in a namespace of its own, that of a child which ends with the test,
// also with one that is killed; the others reach it through /proc.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deadline } from './deadline.ts';

export type SmallDisk = {
  readonly path: string;
  /** To the last block. */
  fill(): Promise<void>;
  /** Makes room again. */
  clear(): Promise<void>;
};

const SIZE_BYTES = 1024 * 1024;
const MOUNT = `mount -t tmpfs -o size=${SIZE_BYTES},mode=0700 none`;

/** Null when there can be one. */
export function whyNoSmallDisk(): string | null {
  const can = spawnSync('unshare', ['--mount', 'sh', '-c', `${MOUNT} /mnt`], { stdio: 'ignore' }).status === 0;
  return can ? null : 'no test of a full disk: only root may mount a small one';
}

export async function openSmallDisk(t: { teardown(end: () => Promise<void>): void }): Promise<SmallDisk> {
  const place = await mkdtemp(join(tmpdir(), 'mv-disk-'));
  const script = `${MOUNT} "$1" && echo mounted && exec cat`;
  const keeper = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', place], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(keeper, 'exit');
  t.teardown(async () => {
    keeper.stdin.end();
    await ended;
    await rm(place, { recursive: true, force: true });
  });
  await deadline(once(keeper.stdout, 'data'), 20_000, 'the small disk is there');
  const path = `/proc/${keeper.pid}/root${place}`;
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: async () => {
      try {
        await writeFile(ballast, Buffer.alloc(2 * SIZE_BYTES));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return;
        throw error;
      }
      throw new Error('the small disk is larger than it should be');
    },
    clear: () => rm(ballast),
  };
}
