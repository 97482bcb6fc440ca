// Every change of a file below some directories, whichever way an editor makes it.
import { watch } from 'chokidar';
import type { PathRule } from './patterns.ts';

export type FileWatchOptions = {
  readonly directories: readonly string[];
  /** Neither looked at nor into. */
  readonly ignored: PathRule;
  /** Of the files. */
  readonly relevant: PathRule;
  readonly poll: boolean;
  readonly onChange: (path: string) => void;
  /** The system has no more watches, so it looks at every file twice a second instead. */
  readonly onPoll: (reason: string) => void;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
};

const POLL_MS = 500;
/** Some file systems count the time of a change in whole seconds. */
const MISSED_MS = 1_000;

/** Resolves once it watches; ends when aborted. */
export async function watchFiles(options: FileWatchOptions): Promise<void> {
  if (options.poll) return open(options, { poll: true, since: null, onExhausted: options.onError });
  await open(options, {
    poll: false,
    since: null,
    onExhausted: (reason) => {
      options.onPoll(reason);
      const since = Date.now() - MISSED_MS;
      open(options, { poll: true, since, onExhausted: options.onError }).catch(options.onError);
    },
  });
}

type OpenOptions = {
  readonly poll: boolean;
  /** Files that were changed after this time are told, although they were there from the start; null: none. */
  readonly since: number | null;
  readonly onExhausted: (reason: string) => void;
};

function open(options: FileWatchOptions, { poll, since, onExhausted }: OpenOptions): Promise<void> {
  const { signal } = options;
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const watcher = watch([...options.directories], {
      ignored: (path, stats) => options.ignored(path) || (stats?.isFile() === true && !options.relevant(path)),
      ignoreInitial: since === null,
      alwaysStat: since !== null,
      // A rename over the file is a change like any other, and deletions are told at once.
      atomic: false,
      // Natively each folder costs a watch, its files none.
      backend: poll ? 'polling' : 'auto',
      pollingInterval: POLL_MS,
      pollingBinaryInterval: POLL_MS,
      followSymlinks: false,
    });
    const close = () => {
      watcher.close().catch(options.onError);
    };
    let exhausted = false;
    let first = since;
    signal.addEventListener('abort', close, { once: true });
    watcher.on('all', (event, path, stats) => {
      if (event.endsWith('Dir') || !options.relevant(path)) return;
      if (first === null || (stats && stats.mtimeMs >= first)) options.onChange(path);
    });
    watcher.on('ready', () => {
      first = null;
      resolve();
    });
    watcher.on('error', (error) => {
      const reason = poll ? null : toExhaustion(error);
      if (reason === null) return options.onError(error);
      // It comes once for each folder that found no watch.
      if (exhausted) return;
      exhausted = true;
      signal.removeEventListener('abort', close);
      close();
      onExhausted(reason);
      resolve();
    });
  });
}

/** What the system has no more of; null for any other error. */
function toExhaustion(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'ENOSPC') return 'the system has no more file watches (fs.inotify.max_user_watches)';
  if (code === 'EMFILE') return 'the system has no more places for watchers (fs.inotify.max_user_instances)';
  return null;
}
