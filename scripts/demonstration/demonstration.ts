// What each demonstration begins and ends with: the command built, run on this terminal, and a signal that ends it all.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { run } from '../run.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The bundled command. */
export const COMMAND = fileURLToPath(new URL('../../dist/multivisor.js', import.meta.url));
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
const BUILD_MS = 120_000;
const GRACE_MS = 3_000;

/** `show` gives the exit code, and clears up behind itself, also when aborted. */
export async function demonstrate(show: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;
  for (const name of SIGNALS) {
    process.on(name, () => {
      process.exitCode ??= 128 + constants.signals[name];
      ended.abort(new Error(`ended by ${name}`));
    });
  }
  try {
    const build = { cwd: ROOT, signal, timeoutMs: BUILD_MS };
    const built = await run(process.execPath, ['scripts/start.mjs', 'build'], build);
    if (!built.ok) throw new Error(`the build failed:\n${built.output}`);
    const code = await show(signal);
    process.exitCode ??= code;
  } catch (error) {
    // A signal is how one ends it, so it needs no words.
    if (!signal.aborted) throw error;
  }
}

export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

export type AttachOptions = {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
};

/** Runs the command on our terminal, or whatever we have instead; aborted, it is given time to put the terminal right. */
export function attach(args: readonly string[], { signal, ...where }: AttachOptions): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [COMMAND, ...args], { ...where, stdio: 'inherit' });
  let lastResort: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill('SIGTERM');
    lastResort = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  const closed = new Promise<number>((settle, reject) => {
    child.once('error', reject);
    child.once('close', (code, killer) => {
      if (killer !== null && process.stdout.isTTY) restoreTerminal();
      settle(code ?? 128 + (killer === null ? 0 : constants.signals[killer]));
    });
  });
  return closed.finally(() => {
    clearTimeout(lastResort);
    signal.removeEventListener('abort', end);
  });
}

/** What a killed interface could not do itself: colours, wrapping, cursor, the main screen, and the keys. */
function restoreTerminal(): void {
  process.stdout.write('\u001B[0m\u001B[?7h\u001B[?25h\u001B[?1049l');
  spawnSync('stty', ['sane'], { stdio: 'inherit' });
}
