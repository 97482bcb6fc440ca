// Where a server keeps what must outlive it. Whoever may write there could make it tell what never happened, and whoever
// may read there reads what programs wrote last.
import { constants } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const WRITABLE_BY_OTHERS = 0o022;

/** Makes the directory, and the file in it, for us alone; rejects with the reason when it is not. Returns the path. */
export async function prepareStateFile(dir: string, name: string): Promise<string> {
  await mkdir(dirname(dir), { recursive: true });
  await mkdir(dir, { mode: 0o700 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  const stat = await lstat(dir);
  if (!stat.isDirectory()) throw new Error(`${dir} is no directory`);
  if (stat.uid !== process.getuid?.()) throw new Error(`${dir} belongs to user ${stat.uid}`);
  if ((stat.mode & WRITABLE_BY_OTHERS) !== 0) throw new Error(`others may write to ${dir}`);
  const path = join(dir, name);
  // Not followed when it is a link; made before SQLite would, which leaves it to the umask who may read it.
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    const own = await file.stat();
    if (!own.isFile() || own.uid !== process.getuid?.()) throw new Error(`${path} is not ours`);
    await file.chmod(0o600);
  } finally {
    await file.close();
  }
  return path;
}
