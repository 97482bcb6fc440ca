// Every change of a file below some directories, whichever way an editor makes it.
import { watch } from 'chokidar';
import type { PathRule } from './patterns.ts';

export type WatchOptions = {
  readonly directories: readonly string[];
  /** Neither looked at nor into. */
  readonly ignored: PathRule;
  /** Of the files; those that are not cost no watch. */
  readonly relevant: PathRule;
  readonly poll: boolean;
  readonly onChange: (path: string) => void;
  /** The system has no more watches, so it looks at every file twice a second instead. */
  readonly onPoll: (reason: string) => void;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
};

const POLL_MS = 500;

/** Resolves once it watches; ends when aborted. */
export async function watchFiles(options: WatchOptions): Promise<void> {
  await open(options, options.poll, () => {
    options.onPoll('the system has no more file watches (fs.inotify.max_user_watches)');
    void open(options, true, options.onError);
  });
}

function open(options: WatchOptions, poll: boolean, onExhausted: (error: unknown) => void): Promise<void> {
  const { signal } = options;
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const watcher = watch([...options.directories], {
      ignored: (path, stats) => options.ignored(path) || (stats?.isFile() === true && !options.relevant(path)),
      ignoreInitial: true,
      // A rename over the file is a change like any other, and deletions are told at once.
      atomic: false,
      usePolling: poll,
      interval: POLL_MS,
      binaryInterval: POLL_MS,
      followSymlinks: false,
    });
    const close = () => void watcher.close();
    let exhausted = false;
    signal.addEventListener('abort', close, { once: true });
    watcher.on('all', (event, path) => {
      if (!event.endsWith('Dir') && options.relevant(path)) options.onChange(path);
    });
    watcher.on('ready', resolve);
    watcher.on('error', (error) => {
      if (poll || !isExhausted(error)) return options.onError(error);
      // It comes once for each file that found no watch.
      if (exhausted) return;
      exhausted = true;
      signal.removeEventListener('abort', close);
      close();
      onExhausted(error);
      resolve();
    });
  });
}

function isExhausted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EMFILE');
}
