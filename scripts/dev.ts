// `npm run dev [-- ARGUMENT…]`: builds the command and runs it on this terminal, and both again at each save.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { watch } from 'chokidar';
import { run } from './run.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const COMMAND = join('dist', 'multivisor.js');
const WATCHED = ['src', 'bin'].map((folder) => join(ROOT, folder));
/** An editor that saves all its files saves them within that. */
const DEBOUNCE_MS = 100;
const BUILD_MS = 120_000;

const args = process.argv.slice(2);
const { signal } = new AbortController();
let child: ChildProcess | null = null;
let again: NodeJS.Timeout | undefined;
let busy = false;
let dirty = false;

watch(WATCHED, { ignoreInitial: true }).on('all', () => {
  clearTimeout(again);
  again = setTimeout(() => void restart(), DEBOUNCE_MS);
});
// At the end of a command ctrl-c reaches it and us; what it still has to do, it does.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => void end(name));
await restart();

async function restart(): Promise<void> {
  dirty = true;
  if (busy) return;
  busy = true;
  while (dirty) {
    dirty = false;
    await stop('SIGTERM');
    const built = await run(process.execPath, ['scripts/start.mjs', 'build'], {
      cwd: ROOT,
      signal,
      timeoutMs: BUILD_MS,
    });
    if (!built.ok) say(`the build failed, and is tried again at the next save:\n${built.output.trim()}`);
    else if (!dirty) start();
  }
  busy = false;
}

function start(): void {
  say(`node ${[COMMAND, ...args].join(' ')}    (again at each save in src/ and bin/)`);
  const started = spawn(process.execPath, [join(ROOT, COMMAND), ...args], { stdio: 'inherit' });
  child = started;
  started.once('exit', (code, name) => {
    if (child !== started) return;
    child = null;
    say(`it ended with ${code ?? name}; the next save starts it again, ctrl-c ends this`);
  });
}

async function stop(name: NodeJS.Signals): Promise<void> {
  const running = child;
  child = null;
  if (running === null || running.exitCode !== null || running.signalCode !== null) return;
  running.kill(name);
  await once(running, 'exit');
}

async function end(name: NodeJS.Signals): Promise<void> {
  await stop(name);
  process.exit(0);
}

function say(text: string): void {
  process.stderr.write(`multivisor: ${text}\n`);
}
