import { spawn } from 'node:child_process';
import { Readable, Writable } from 'node:stream';

export type HelperRun =
  | { readonly end: 'answered'; readonly answer: string }
  /** It ended without an answer; `words` is what it printed last. */
  | { readonly end: 'silent'; readonly words: string }
  | { readonly end: 'late' }
  | { readonly end: 'missing'; readonly reason: string };

export type HelperOptions = {
  readonly request: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
};

const KEPT = 4_000;

/**
 * Runs a short-lived helper: the request on its standard input, the answer on its descriptor 3, and whatever it prints
 * apart from both. Ends it, and all that it started, at the deadline.
 */
export function runHelper(command: string, args: readonly string[], options: HelperOptions): Promise<HelperRun> {
  const { signal, deadlineMs } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // A process group of its own, so that its children end with it.
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    const [stdin, stdout, stderr, answers] = child.stdio;
    let answer = '';
    let words = '';
    const end = () => {
      if (child.pid !== undefined) killGroup(child.pid);
    };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end();
    }, deadlineMs);
    signal.addEventListener('abort', end, { once: true });
    const done = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      settle();
    };
    for (const stream of [stdout, stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-KEPT)));
    }
    if (answers instanceof Readable) answers.setEncoding('utf8').on('data', (text: string) => (answer += text));
    if (stdin instanceof Writable) {
      // It may end before it has read everything; its end says so better than EPIPE does.
      stdin.on('error', () => stdin.destroy());
      stdin.end(options.request);
    }
    child.once('error', (error) => done(() => resolve({ end: 'missing', reason: error.message })));
    child.once('close', () =>
      done(() => {
        if (signal.aborted) reject(signal.reason);
        else if (late) resolve({ end: 'late' });
        else if (answer === '') resolve({ end: 'silent', words: words.trim() });
        else resolve({ end: 'answered', answer });
      }),
    );
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
