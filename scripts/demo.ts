// `npm run demo`: three real supervisords with living and dying programs, and multivisor on them.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findSupervisord } from './find-supervisord.ts';
import { run } from './run.ts';
import { startExample } from './start-example.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const COMMAND = fileURLToPath(new URL('../dist/multivisor.js', import.meta.url));
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
const GRACE_MS = 3_000;
/** How the example looks once everything has started, failed and ended. */
const SETTLED = [
  ['PLC:wcid00d', 'PLC:wcid01a', '--for', 'fatal'],
  ['calibration', 'alignment', '--for', 'exited'],
  ['CCD:*', 'Vacuum:*', 'Motion:*', '--for', 'running'],
] as const;

const ended = new AbortController();
for (const name of SIGNALS) {
  process.on(name, () => {
    process.exitCode ??= 128 + constants.signals[name];
    ended.abort(new Error(`ended by ${name}`));
  });
}

try {
  await demonstrate(ended.signal);
} catch (error) {
  // A signal is how one ends it, so it needs no words.
  if (!ended.signal.aborted) throw error;
}

async function demonstrate(signal: AbortSignal): Promise<void> {
  const interactive = process.stdin.isTTY && process.stdout.isTTY;
  const built = await run(process.execPath, ['scripts/start.mjs', 'build'], { cwd: ROOT, signal, timeoutMs: 120_000 });
  if (!built.ok) throw new Error(`the build failed:\n${built.output}`);
  const supervisord = await findSupervisord({ signal });
  process.stderr.write('multivisor: starting three supervisors (examples/full)\n');
  const example = await startExample(supervisord, signal);
  try {
    const multivisor = (args: readonly string[]): Promise<number> =>
      attach([...args, '-c', example.configPath], signal);
    const code = interactive ? await multivisor(['tui']) : await showOnce(multivisor);
    process.exitCode ??= code;
  } finally {
    process.stderr.write('multivisor: stopping the three supervisors\n');
    await example.stop();
  }
}

async function showOnce(multivisor: (args: readonly string[]) => Promise<number>): Promise<number> {
  for (const wait of SETTLED) {
    const code = await multivisor(['wait', ...wait, '--timeout', '30s']);
    if (code !== 0) return code;
  }
  // What does not run there is meant not to run.
  return multivisor(['status', '--expect', 'running,stopped,exited,fatal']);
}

/** Runs the command on our terminal, or whatever we have instead; aborted, it is given time to put the terminal right. */
function attach(args: readonly string[], signal: AbortSignal): Promise<number> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: 'inherit' });
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
