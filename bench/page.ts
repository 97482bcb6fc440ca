import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { buildPage } from '../scripts/build/build-page.ts';
import { openBrowser } from '../test/helpers/server/browser.ts';
import { eventually } from '../test/helpers/deadline.ts';
import { startSupervisord } from '../test/helpers/supervisord/supervisord.ts';
import type { Bench, BenchOptions, Figure } from './bench.ts';
import { startFarm } from './farm/start-farm.ts';
import { startServe } from './serve-process.ts';
import type { Screen } from './tui/screen.ts';
import { openScreen } from './tui/screen.ts';

const SAMPLES = 30;
const OPENINGS = 10;
const PROCESSES = 100;
const LIMIT_MS = 60_000;
const PROGRAMS =
  '[program:victim]\ncommand=sleep 100000\nstartsecs=0\nautorestart=false\n' +
  '[program:fill]\nprocess_name=%(program_name)s_%(process_num)02d\nnumprocs=18\ncommand=sleep 100000\n';
/** Calls `seenInRow` with the wall clock, once per state, when the frame after the change is due. */
const WATCH_ROW = `
  let last = '';
  new MutationObserver(() => {
    const state = /EXITED|RUNNING/.exec(document.querySelector('[data-uid="s:victim:victim"]')?.textContent ?? '')?.[0];
    if (!state || state === last) return;
    last = state;
    requestAnimationFrame(() => setTimeout(() => seenInRow(state, performance.timeOrigin + performance.now())));
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
`;
const FIRST_ROW = `
  const watch = new MutationObserver(() => {
    if (!document.querySelector('.row.process')) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => (window.firstRowAt = performance.now())));
  });
  watch.observe(document, { subtree: true, childList: true });
`;
/** From the event of a key to the frame that shows what it left. */
const TYPE_KEY = (text: string) => `new Promise((resolve) => {
  const [input, told] = [document.querySelector('.filter'), document.querySelector('.matching')];
  const [before, begun] = [told.textContent, performance.now()];
  input.value = ${JSON.stringify(text)};
  input.dispatchEvent(new Event('input'));
  const look = () => told.textContent === before ? requestAnimationFrame(look) : setTimeout(() => resolve(performance.now() - begun));
  requestAnimationFrame(look);
})`;

/** What is seen through a server, beside what is seen without one, and how light the page is. */
export const page: Bench = {
  name: 'page',
  summary: 'kill -9 of a process to the paint in terminals and in the page (Chromium), and the page itself',
  run: async (options) => {
    const browser = await openBrowser();
    try {
      const { script } = await buildPage();
      return [
        ...(await measurePaint(options, browser)),
        { what: 'script of the page, compressed', unit: 'KiB', samples: [gzipSync(script).length / 1024] },
        await withFarm(options, 10, (url) => measureOpening(browser, url)),
        await withFarm(options, 50, (url) => measureFilter(browser, url)),
      ];
    } finally {
      await browser.close();
    }
  },
};

async function measurePaint(options: BenchOptions, browser: Browser): Promise<readonly Figure[]> {
  const { command, supervisord, signal } = options;
  const state = await mkdtemp(join(tmpdir(), 'mv-bench-'));
  const host = await startSupervisord({ listen: 'tcp', programs: PROGRAMS, executable: supervisord });
  const server = await startServe(command, [{ name: 's', url: host.url }]);
  const screens: Screen[] = [];
  const open = async (...args: readonly string[]) => {
    const screen = await openScreen({
      command: [process.execPath, command, 'tui', ...args],
      columns: 120,
      rows: 40,
      env: { XDG_STATE_HOME: state },
    });
    screens.push(screen);
    return screen;
  };
  const tab = await browser.newPage();
  try {
    const local = await open('-c', server.configPath);
    const remote = await open('--remote', server.url);
    let seen: { readonly state: string; readonly at: number } = { state: '', at: 0 };
    await tab.exposeFunction('seenInRow', (what: string, at: number) => (seen = { state: what, at }));
    await tab.goto(server.url);
    await tab.locator('[data-uid="s:victim:victim"]').waitFor();
    await tab.evaluate(WATCH_ROW);
    const paints = async (screen: Screen, wanted: RegExp) => {
      await screen.until((rows) => Array.from(rows.values()).some((row) => wanted.test(row)));
      return now();
    };
    const samples = { local: new Array<number>(), remote: new Array<number>(), page: new Array<number>() };
    while (samples.page.length < SAMPLES) {
      await Promise.all([local, remote].map((screen) => paints(screen, /RUNNING +victim/)));
      const { pid } = await host.info('victim');
      // Anywhere within the second for which supervisord's loop may sleep, and long after our own call woke it.
      await delay(1_200 + Math.random() * 1_000, undefined, { signal });
      const killedAt = now();
      process.kill(pid, 'SIGKILL');
      const [here, there] = await Promise.all([local, remote].map((screen) => paints(screen, /EXITED +victim/)));
      await eventually(
        () => seen.state,
        (told) => told === 'EXITED',
        { what: 'the page shows it', ms: LIMIT_MS },
      );
      samples.local.push((here ?? Number.NaN) - killedAt);
      samples.remote.push((there ?? Number.NaN) - killedAt);
      samples.page.push(seen.at - killedAt);
      await host.rpc('supervisor.startProcess', 'victim');
    }
    const against = (ours: readonly number[]) => ({
      what: 'a terminal without a server',
      samples: samples.local,
      ratios: ours.map((sample, index) => sample / (samples.local[index] ?? Number.NaN)),
    });
    return [
      {
        what: 'kill -9 to the paint in a remote terminal',
        unit: 'ms',
        samples: samples.remote,
        against: against(samples.remote),
      },
      { what: 'kill -9 to the paint in the page', unit: 'ms', samples: samples.page, against: against(samples.page) },
    ];
  } finally {
    await tab.close();
    await Promise.all(screens.map((screen) => screen.stop()));
    await server.stop();
    await host.stop();
    await rm(state, { recursive: true, force: true });
  }
}

/** On the wall, as the page tells it too. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

async function withFarm(
  { command }: BenchOptions,
  supervisors: number,
  measure: (url: string) => Promise<Figure>,
): Promise<Figure> {
  const farm = await startFarm({ supervisors, processes: PROCESSES });
  const server = await startServe(
    command,
    farm.socketPaths.map((path, index) => ({ name: `host${String(index).padStart(3, '0')}`, url: `unix://${path}` })),
  );
  try {
    await eventually(
      async () => (await server.text('/api/process/list')).split('",').length,
      (count) => count === supervisors * PROCESSES,
      { what: 'all is known', ms: LIMIT_MS, everyMs: 200 },
    );
    return await measure(server.url);
  } finally {
    await server.stop();
    await farm.stop();
  }
}

async function measureOpening(browser: Browser, url: string): Promise<Figure> {
  const samples: number[] = [];
  while (samples.length < OPENINGS) {
    const tab = await browser.newPage();
    await tab.addInitScript(FIRST_ROW);
    await tab.goto(url);
    const firstRowAt = await eventually(
      () => tab.evaluate('window.firstRowAt ?? null'),
      (at) => at !== null,
      { what: 'the first row is painted', ms: LIMIT_MS },
    );
    samples.push(Number(firstRowAt));
    await tab.close();
  }
  return { what: 'from the address to the first rows of 1,000 processes', unit: 'ms', samples };
}

async function measureFilter(browser: Browser, url: string): Promise<Figure> {
  const tab = await browser.newPage();
  await tab.goto(url);
  await tab.locator('.row.process').first().waitFor();
  const samples: number[] = [];
  // Each leaves another number of rows than the one before.
  for (const text of Array.from({ length: SAMPLES }, (_, index) => (index % 2 === 0 ? 'server_000' : 'server_0099'))) {
    samples.push(Number(await tab.evaluate(TYPE_KEY(text))));
  }
  await tab.close();
  return { what: 'a key of the filter at 5,000 rows, to the paint', unit: 'ms', samples };
}
