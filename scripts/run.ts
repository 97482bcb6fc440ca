import { spawn } from 'node:child_process';

export type RunOptions = {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
};

export type RunResult = {
  /** It was there and exited with 0. */
  readonly ok: boolean;
  /** Null when it could not be started or was killed. */
  readonly code: number | null;
  /** stdout and stderr, as they came; the reason when it could not be started. */
  readonly output: string;
};

/** Runs a command to its end without a terminal and keeps what it printed. Never rejects. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { timeoutMs, ...rest } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
  return new Promise((settle) => {
    const child = spawn(command, args, { ...rest, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (text: string): void => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => settle({ ok: false, code: null, output: `${output}\n${error.message}` }));
    child.once('close', (code) => settle({ ok: code === 0, code, output }));
  });
}
