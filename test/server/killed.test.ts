// A server that is killed and comes back: its viewers come back by themselves, and take nothing old for new.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { pageFiles } from '../../scripts/build/build-page.ts';
import { makeFolder } from '../cli/run-main.ts';
import { openBrowser } from '../helpers/server/browser.ts';
import { eventually } from '../helpers/deadline.ts';
import { testWith } from '../helpers/peers.ts';
import { startServe } from '../helpers/server/restartable-serve.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { openTerminal } from '../helpers/terminal/terminal.ts';

const BIN = fileURLToPath(new URL('../../bin/multivisor.ts', import.meta.url));
const WEB = fileURLToPath(new URL('../../dist/web/', import.meta.url));
const LIMIT_MS = 60_000;
const isLost = (screen: string) => / lost \d+ /.test(screen);
const PROGRAMS = '[program:web]\ncommand=sleep 1000\nstartsecs=0\n';
const inTerminal = testWith('tmux', test);
const inBrowser = testWith('chromium', test);

// The page is served from where a build puts it.
test.before(async () => {
  await mkdir(WEB, { recursive: true });
  for (const [name, text] of Object.entries(await pageFiles())) await writeFile(join(WEB, name), text);
});

/** `multivisor serve` on a port that it gets again when it is started again. */
async function openServer(t: ExecutionContext) {
  const host = await startSupervisord({ programs: PROGRAMS });
  t.teardown(host.stop);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const config = await folder.write('multivisor.conf', `[global]\nname = lab\n[supervisor:a]\nurl = ${host.url}\n`);
  const { port, kill, start } = await startServe(t, config);
  const untilState = (state: string) =>
    eventually(
      async () => (await host.info('web')).statename,
      (seen) => seen === state,
      { what: `it is ${state}`, ms: LIMIT_MS },
    );
  return { host, url: `http://127.0.0.1:${port}`, kill, start, untilState };
}

inTerminal('the terminal shows what it last knew as old, and comes back by itself with what is new', async (t) => {
  const { host, url, kill, start, untilState } = await openServer(t);
  const terminal = await openTerminal({
    command: `${process.execPath} --import=./scripts/tsx-files.mjs ${BIN} --remote ${url}`,
  });
  t.teardown(terminal.close);
  const screens: string[] = [];
  const until = (what: string, fits: (screen: string) => boolean) =>
    terminal.until(
      (screen) => {
        screens.push(screen);
        return fits(screen);
      },
      { what, ms: LIMIT_MS },
    );
  await until('it runs', (screen) => /● RUNNING +web/.test(screen) && !isLost(screen));

  await kill();
  const lost = await until('it is lost', isLost);
  t.regex(lost, /web/, 'what was known stays');
  await host.rpc('supervisor.stopProcess', 'web');
  await untilState('STOPPED');
  screens.length = 0;
  await start();
  const back = await until('it is back', (screen) => !isLost(screen) && /○ STOPPED +web/.test(screen));
  t.notRegex(back, /RUNNING/);
  const lies = screens.filter((screen) => !isLost(screen) && /RUNNING +web/.test(screen));
  t.deepEqual(lies, [], 'what is old is never shown as new');
  await terminal.press('q');
});

inBrowser('the page greys what it last knew, and comes back by itself with what is new', async (t) => {
  const { host, url, kill, start, untilState } = await openServer(t);
  const browser = await openBrowser();
  t.teardown(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  await page.goto(url);
  const row = page.locator('[data-uid="a:web:web"]');
  await row.getByText('● RUNNING').waitFor();

  await kill();
  await page.getByText('✖ lost').waitFor();
  await page.locator('.row.stale[data-uid="a:web:web"]').waitFor();
  await host.rpc('supervisor.stopProcess', 'web');
  await untilState('STOPPED');
  await page.evaluate(`
    window.lies = [];
    new MutationObserver(() => {
      const live = document.querySelector('.connection').dataset.state === 'live';
      const row = document.querySelector('[data-uid="a:web:web"]');
      if (live && row && row.textContent.includes('RUNNING') && !row.classList.contains('stale')) {
        window.lies.push(row.textContent);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  `);
  await start();
  await page.getByText('● live').waitFor();
  await row.getByText('○ STOPPED').waitFor();
  await page.locator('.row:not(.stale)[data-uid="a:web:web"]').waitFor();
  t.deepEqual(await page.evaluate('window.lies'), [], 'what is old is never shown as new');
});
