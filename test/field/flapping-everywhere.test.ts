// A program that dies at once with startsecs=0, one that runs for a second and a half, and one that heals: wherever trouble
// is told, they are told; what runs is not.
import test from 'ava';
import { buildPage } from '../../scripts/build/build-page.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { findProcess } from '../../src/core/engine/reduce.ts';
import { runMain, startChild } from '../cli/run-main.ts';
import { eventually } from '../helpers/deadline.ts';
import { testWith } from '../helpers/peers.ts';
import { openBrowser } from '../helpers/server/browser.ts';
import { serveSupervisords } from '../helpers/server/served-supervisords.ts';
import { connect } from '../helpers/server/server.ts';
import { openTui } from '../helpers/terminal/open-tui.ts';

const LOOPS = ['loop', 'slow'] as const;
const PROGRAMS = [
  "[program:loop]\ncommand=sh -c 'exit 1'\nstartsecs=0\nautorestart=true\n",
  "[program:slow]\ncommand=sh -c 'sleep 1.5; exit 3'\nstartsecs=1\nautorestart=true\n",
  '[program:fine]\ncommand=sleep 1000\nstartsecs=0\n',
].join('');

const isSum = (line: string) => (/flapping: \d+ times/.test(line) ? line : undefined);

type Scope = Parameters<typeof serveSupervisords>[0];

/** Both loops behind a server that has seen enough of them. */
async function openLoops(t: Scope, options: Parameters<typeof serveSupervisords>[2] = {}) {
  const served = await serveSupervisords(t, { a: PROGRAMS }, options);
  const { session } = served;
  const stop = session.subscribe(() => {});
  t.teardown(async () => stop());
  await eventually(
    () => LOOPS.map((name) => findProcess(session.snapshot(), `a:${name}:${name}`)?.flapping ?? null),
    (all) => all.every((flapping) => flapping !== null),
    { what: 'both flap', ms: 60_000 },
  );
  return served;
}

test('a loop that is RUNNING whenever one looks ends status with 3, and is found by flapping=yes and in /metrics', async (t) => {
  const { server } = await openLoops(t);
  const remote = (...line: readonly string[]) => runMain([...line, '--remote', server.url]);
  const status = await remote('status', '--json', 'fine', 'loop', 'slow');
  t.is(status.code, EXIT.notRunning);
  t.is((await remote('status', 'fine')).code, EXIT.ok);
  const table = await remote('status');
  t.regex(table.out, /a:loop:loop .*flapping: \d+ times in 10 min, exit 1/);
  t.regex(table.out, /a:slow:slow .*flapping: \d+ times in 10 min, exit 3/);
  t.is((await remote('status', '-o', 'name', 'flapping=yes')).out, 'a:loop:loop\na:slow:slow\n');
  t.is((await remote('status', '-o', 'name', 'flapping=no')).out, 'a:fine:fine\n');

  const metrics = await (await server.fetch('/metrics')).text();
  for (const [name, value] of [...LOOPS.map((each) => [each, 1] as const), ['fine', 0] as const]) {
    t.true(
      metrics.includes(`multivisor_process_flapping{supervisor="a",name="${name}",group="${name}"} ${value}\n`),
      name,
    );
  }
});

test('a loop is what p leaves, what ! goes to and what the filter flapping finds', async (t) => {
  const { server } = await openLoops(t);
  const tui = openTui(await connect(t, server.url));
  t.teardown(tui.close);
  await tui.until(/fine/);
  tui.press('p');
  const problems = await tui.until(/loop[^]*flapping: \d+ times/);
  t.regex(problems, /slow/);
  t.notRegex(problems, /fine/);
  tui.press('p');
  await tui.until(/fine/);
  tui.press('!');
  t.regex(tui.lines().find((line) => line.startsWith('▌')) ?? '', /loop|slow/, tui.screen());
  tui.press('/');
  tui.type('flapping');
  tui.press('enter');
  t.notRegex(tui.screen(), /fine +a/);
  t.regex(tui.screen(), /loop/);
});

testWith('chromium', test)('a loop is marked on the page, and what runs is not', async (t) => {
  const { server } = await openLoops(t, { page: await buildPage() });
  const browser = await openBrowser();
  t.teardown(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(server.url);
  for (const name of LOOPS) await page.locator(`[data-uid="a:${name}:${name}"][data-flapping="yes"]`).first().waitFor();
  t.is(await page.locator('[data-flapping="yes"]').count(), LOOPS.length);
  t.regex(await page.locator('[data-uid="a:loop:loop"]').innerText(), /flapping: \d+ times in 10 min, exit 1/);
});

test('watch tells a loop in no more than two lines a second', async (t) => {
  const { server } = await openLoops(t);
  const watching = startChild(['watch', '--no-snapshot', 'loop', '--remote', server.url]);
  t.teardown(() => watching.child.kill('SIGKILL'));
  await watching.lines.until(isSum, { what: 'the first sum', ms: 60_000 });
  const from = watching.lines.items.length;
  const began = performance.now();
  await watching.lines.until(isSum, { what: 'the next sum', ms: 60_000, from });
  await watching.lines.until(isSum, { what: 'one more', ms: 60_000, from: watching.lines.items.length });
  const seconds = (performance.now() - began) / 1_000;
  const lines = watching.lines.items.length - from;
  t.true(lines <= 2 * seconds, `${lines} lines in ${seconds} s`);
  t.log(`${lines} lines in ${Math.round(seconds)} s`);
});
