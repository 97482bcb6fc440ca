// What the system refuses to others it allows to root, and what it has plenty of must first be scarce: wrappers under
// which a test meets either.
import { spawnSync } from 'node:child_process';

export type Wrapper = {
  /** Goes before a command. */
  readonly words: readonly string[];
  /** Why it cannot be used here; null: it can. */
  readonly reason: string | null;
};

/** As whom permissions count: whoever is not root, or root without the right to pass over them. */
export function withPermissions(): Wrapper {
  if (process.getuid?.() !== 0) return { words: [], reason: null };
  const words = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];
  return {
    words,
    reason: runs([...words, 'true']) ? null : 'these tests run as root, and setpriv takes no rights away',
  };
}

export type InotifyLimit = 'max_inotify_watches' | 'max_inotify_instances';

/** A user namespace of its own, in which the kernel grants no more than so many. */
export function withInotifyLimit(limit: InotifyLimit, count: number): Wrapper {
  const script = `echo ${count} > /proc/sys/user/${limit} && exec "$@"`;
  const words = ['unshare', '--user', '--map-root-user', 'sh', '-c', script, 'sh'];
  return {
    words,
    reason: runs([...words, 'true']) ? null : 'this system allows no user namespace with limits of its own',
  };
}

function runs([command = '', ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
