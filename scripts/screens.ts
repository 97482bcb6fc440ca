// `npm run screens`: the pictures in docs/screens, taken of the real thing on the example: the terminal at 120×40, and the
// page of a server. Needs tmux and Chromium.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startChild } from '../test/cli/run-main.ts';
import { eventually } from '../test/helpers/deadline.ts';
import { openTerminal, type Terminal } from '../test/helpers/terminal/terminal.ts';
import { ansiToSvg } from './documents/ansi-to-svg.ts';
import { findSupervisord } from './peers/find-supervisord.ts';
import { takePageScreens } from './documents/page-screens.ts';
import { run } from './run.ts';
import { startExample } from './demonstration/start-example.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SCREENS = join(ROOT, 'docs', 'screens');
const COLUMNS = 120;
const ROWS = 40;

type Shot = { readonly name: string; readonly keys: readonly string[]; readonly shows: RegExp };

/** In this order: each begins where the one before ended. */
const SHOTS: readonly Shot[] = [
  { name: 'processes', keys: ['g', 'g', '!'], shows: /▌.*wcid00d/ },
  { name: 'details', keys: ['Enter'], shows: /Last words[\s\S]*ttyS4/ },
  { name: 'filter', keys: ['Escape', '/', 'state:fatal'], shows: /2\/28/ },
  { name: 'logs', keys: ['C-u', 'wcid00a', 'Enter', 'l'], shows: /#40 pressure/ },
  {
    name: 'restart',
    keys: ['Escape', 'Escape', '/', 'group:vacuum', 'Enter', '*', 'r'],
    shows: /multivisor restart/,
  },
  { name: 'supervisors', keys: ['Escape', 'Escape', '2'], shows: /4\.\d\.\d/ },
  { name: 'timeline', keys: ['3'], shows: /starting +→/ },
  { name: 'help', keys: ['?'], shows: /Move/ },
];

const { signal } = new AbortController();
const built = await run(process.execPath, ['scripts/start.mjs', 'build'], { cwd: ROOT, signal, timeoutMs: 120_000 });
if (!built.ok) throw new Error(`the build failed:\n${built.output}`);
await mkdir(SCREENS, { recursive: true });
const example = await startExample(await findSupervisord({ signal }), signal);
try {
  const env = { MULTIVISOR_CONFIG: example.configPath, XDG_STATE_HOME: join(example.configPath, '..', 'state') };
  const terminal = await openTerminal({
    command: 'node dist/multivisor.js',
    columns: COLUMNS,
    rows: ROWS,
    cwd: ROOT,
    env,
  });
  try {
    await terminal.until((screen) => /3 stopped[\s\S]*ttyS4/.test(screen), { what: 'the example is settled' });
    for (const shot of SHOTS) await take(terminal, shot);
  } finally {
    await terminal.close();
  }
  await takePage(example.configPath);
} finally {
  await example.stop();
}

async function takePage(configPath: string): Promise<void> {
  const server = startChild(['serve', '-c', configPath, '--bind', '127.0.0.1:0'], { unbounded: true });
  try {
    const url = await eventually(
      () => / at (http:\S+)/.exec(server.stderr())?.[1] ?? '',
      (found) => found !== '',
      { what: 'the server listens' },
    );
    await takePageScreens(url, SCREENS);
  } finally {
    server.child.kill('SIGTERM');
    await server.ended;
  }
}

async function take(terminal: Terminal, { name, keys, shows }: Shot): Promise<void> {
  for (const key of keys) {
    await terminal.press(key);
    // Written at once with the next key, it would be that key with alt.
    if (key === 'Escape') await delay(200);
  }
  await terminal.until((screen) => shows.test(screen), { what: name });
  await writeFile(join(SCREENS, `${name}.svg`), ansiToSvg(await terminal.screen({ styled: true }), COLUMNS));
  console.log(`docs/screens/${name}.svg`);
}
