// The page in a real browser. Without one the tests are skipped, loudly.
import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { buildPage, pageSize } from '../../scripts/build/build-page.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import { openBrowser } from '../helpers/server/browser.ts';
import { eventually } from '../helpers/deadline.ts';
import { testWith } from '../helpers/peers.ts';
import { reading, reported } from '../helpers/core/readings.ts';
import { openServed } from '../helpers/server/served-world.ts';
import { accounts, user } from '../helpers/server/server.ts';

// One after the other: they share a browser.
const inBrowser = testWith('chromium', test) === test ? test.serial : test.skip;

const built = await buildPage();
let browser: Browser | null = null;

test.after.always(async () => {
  await browser?.close();
});

type Sizes = { readonly width: number; readonly height: number };
const DESK: Sizes = { width: 1280, height: 800 };
const PHONE: Sizes = { width: 360, height: 740 };

async function look(t: ExecutionContext, viewport: Sizes, options: Partial<ServerOptions> = {}) {
  const served = await openServed(t, { page: built, ...options });
  browser ??= await openBrowser();
  const page = await browser.newPage({ viewport });
  page.setDefaultTimeout(60_000);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (entry) => entry.text().includes('Content Security Policy') && problems.push(entry.text()));
  t.teardown(() => page.close());
  await page.goto(served.server.url + (options.basePath ?? ''));
  return { ...served, page, problems, row: (uid: string) => page.locator(`[data-uid="${uid}"]`) };
}

const exit = (status: number, expected: boolean) =>
  reported('g:x', 'EXITED', { reason: { kind: 'exit', status, expected } });

const isWideAsScreen = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth');

test('the page is small', (t) => {
  t.true(pageSize(built) <= 60 * 1024, `${pageSize(built)} bytes`);
});

for (const [name, size] of [
  ['a desk', DESK],
  ['a phone', PHONE],
] as const) {
  inBrowser(
    `on ${name} a change is seen as it happens, with its cause, and nothing is wider than the screen`,
    async (t) => {
      const { link, row, page, problems } = await look(t, size);
      await row('a:g:x').getByText('RUNNING').waitFor();
      const reason = { kind: 'signal', signal: 'SIGKILL', expected: false } as const;
      link('a').emit({ type: 'source', source: 'log', note: '' });
      link('a').emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED', { reason })] });
      link('a').emitSome([reading('g:x', 'EXITED')]);
      await row('a:g:x').getByText('EXITED').waitFor();
      await row('a:g:x').getByText('killed by SIGKILL').waitFor();
      link('b').emit({ type: 'down', error: { code: 'refused', message: 'connection refused' } });
      await page.locator('.row.stale[data-uid="b:g:x"]').waitFor();
      t.true(await isWideAsScreen(page));
      t.deepEqual(problems, []);
    },
  );
}

inBrowser('an exit that nobody expected is told as a crash is, an expected one is not', async (t) => {
  const { link, page, row } = await look(t, DESK);
  await row('a:g:x').getByText('RUNNING').waitFor();
  link('a').emit({ type: 'source', source: 'log', note: '' });
  link('a').emit({ type: 'transitions', transitions: [exit(0, true), reported('g:x', 'RUNNING', { pid: 7 })] });
  link('a').emit({ type: 'transitions', transitions: [exit(3, false), reported('g:x', 'FATAL')] });
  await page.locator('.notice', { hasText: 'a:g:x is FATAL' }).waitFor();
  t.deepEqual(await page.locator('.notice', { hasText: 'a:g:x' }).allTextContents(), [
    'a:g:x is EXITED',
    'a:g:x is FATAL',
  ]);
});

inBrowser('a keyboard is enough: filter, mark, act, confirm; the address keeps the filter', async (t) => {
  const { link, page, row, problems } = await look(t, DESK);
  link('a').answer = () => {
    link('a').emitSome([reading('g:x', 'STOPPED')]);
    return { ok: true, unchanged: false };
  };
  await row('a:g:x').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('sup:a x');
  await page.keyboard.press('Enter');
  await row('b:g:x').waitFor({ state: 'detached' });
  t.regex(page.url(), /#filter=sup%3Aa\+x$/);
  for (const key of ['j', 'j', ' ', 'x']) await page.keyboard.press(key);
  await page.getByRole('heading', { name: 'Stop a:g:x?' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Stop a:g:x?' }).waitFor({ state: 'detached' });
  t.deepEqual(link('a').calls, [], 'the default is no');
  await page.keyboard.press('x');
  await page.getByRole('button', { name: 'Stop', exact: true }).last().click();
  await row('a:g:x').getByText('○ STOPPED').waitFor();
  t.deepEqual(link('a').calls, [{ op: 'stop', target: 'g:x' }]);
  await page.reload();
  await row('a:g:x').waitFor();
  t.is(await page.locator('.filter').inputValue(), 'sup:a x');
  t.is(await row('b:g:x').count(), 0);
  t.deepEqual(problems, []);
});

inBrowser('a signal is sent and logs are emptied from the keyboard, after a question', async (t) => {
  const { link, page, row, problems } = await look(t, DESK);
  await row('a:g:x').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('sup:a x');
  await page.keyboard.press('Enter');
  await row('b:g:x').waitFor({ state: 'detached' });
  for (const key of ['j', 'j', 'K']) await page.keyboard.press(key);
  await page.getByRole('heading', { name: 'Send a signal to a:g:x?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Send a signal to a:g:x?' }).waitFor({ state: 'detached' });
  t.deepEqual(link('a').calls, [], 'leaving is no');
  await page.keyboard.press('K');
  // The focus stands on Cancel; what is chosen stands before it, what is done behind it.
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.type('USR2');
  for (const key of ['Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
  await page.getByText('signal USR2 a:g:x: done').waitFor();
  await page.keyboard.press('c');
  await page.getByRole('heading', { name: 'Empty the logs of a:g:x?' }).waitFor();
  for (const key of ['Tab', 'Enter']) await page.keyboard.press(key);
  await page.getByText('clear a:g:x: done').waitFor();
  t.deepEqual(link('a').calls, [
    { op: 'signal', target: 'g:x', signal: 'USR2' },
    { op: 'clear', target: 'g:x' },
  ]);
  t.deepEqual(problems, []);
});

inBrowser('stopping what its host is watched through is told before, and hidden marks are', async (t) => {
  const { link, page, row, problems } = await look(t, DESK);
  link('a').emitSome([reading('multivisor-rpc:multivisor-rpc', 'RUNNING')]);
  await row('a:multivisor-rpc:multivisor-rpc').locator('.mark').click();
  await page.keyboard.press('x');
  const dialog = page.locator('dialog');
  await dialog.getByText('multivisor-rpc is an agent: a multivisor that watches a through it goes blind').waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('K');
  await dialog.getByText('goes blind').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('/');
  await page.keyboard.type('sup:b');
  await page.keyboard.press('Enter');
  await row('a:g:x').waitFor({ state: 'detached' });
  await page.keyboard.press('x');
  await dialog.getByText('1 of them is marked but not shown').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  t.deepEqual(link('a').calls, []);
  t.deepEqual(problems, []);
});

inBrowser('what comes from outside never becomes markup', async (t) => {
  const { link, page, row, problems } = await look(t, DESK);
  const evil = '<img src=x onerror=document.title=1>';
  link('a').logs.set('a:g:x stdout', `${evil}\u001b[31mred\u001b[0m\n`);
  link('a').emitSome([reading(`g:${evil}`, 'FATAL', { spawnError: evil })]);
  await row('a:g:x').waitFor();
  await page.getByText(evil).first().waitFor();
  await row('a:g:x').click();
  await page.locator('.sheet').getByRole('button', { name: 'Logs', exact: true }).click();
  await page.locator('.log-lines').getByText(`${evil}red`).waitFor();
  t.is(await page.locator('img').count(), 0);
  t.deepEqual(problems, []);
});

inBrowser('what is not seen, or turns text around, is told as on a terminal', async (t) => {
  const { link, page, problems } = await look(t, DESK);
  link('a').emitSome([reading('g:pay\u202egnp.exe\u200b', 'FATAL', { spawnError: 'no\u2066such\u{e0041}' })]);
  await page.getByText(String.raw`pay\u202egnp.exe\u200b`, { exact: true }).waitFor();
  await page
    .getByText(String.raw`no\u2066such\u{e0041}`)
    .first()
    .waitFor();
  const text = await page.evaluate('document.body.innerText + document.title');
  t.notRegex(String(text), /[\u202e\u200b\u2066\u{e0041}]/u);
  t.deepEqual(problems, []);
});

inBrowser('the server may go and come back: the rows stay, greyed, and go on by themselves', async (t) => {
  const { server, session, page, row, link } = await look(t, DESK);
  await row('a:g:x').waitFor();
  await server.close({ drainMs: 10 });
  await page.getByText('✖ lost').waitFor();
  t.is(await row('a:g:x').count(), 1);
  link('a').emitSome([reading('g:x', 'STOPPED')]);
  const { startTestServer } = await import('../helpers/server/server.ts');
  const again = await startTestServer(session, { page: built, bind: { host: '127.0.0.1', port: server.address.port } });
  t.teardown(() => again.close({ drainMs: 10 }));
  await page.getByText('● live').waitFor();
  await row('a:g:x').getByText('○ STOPPED').waitFor();
});

inBrowser('who must log in is asked, and a viewer is told what a viewer may not', async (t) => {
  const eve = user('eve', { role: 'viewer', supervisors: ['a'] });
  const { page, row, server } = await look(t, PHONE, { accounts: accounts([eve]), basePath: '/mv' });
  await page.getByLabel('User').fill('eve');
  await page.getByLabel('Password').fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByText('Wrong user or password.').waitFor();
  await page.getByLabel('Password').fill('eve-password');
  await page.keyboard.press('Enter');
  await row('a:g:x').click();
  t.is(await row('b:g:x').count(), 0);
  const stop = page.locator('.bar').getByRole('button', { name: 'Stop', includeHidden: true });
  t.true(await stop.isDisabled());
  t.regex((await stop.getAttribute('title')) ?? '', /stop needs the role operator; eve is viewer/);
  t.true(page.url().startsWith(`${server.url}/mv/`));
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('User').waitFor();
});

inBrowser('ten thousand processes are a handful of elements', async (t) => {
  const { link, page, row } = await look(t, DESK);
  const many = Array.from({ length: 10_000 }, (_, i) => reading(`g:p${i}`, i % 100 === 0 ? 'FATAL' : 'RUNNING'));
  link('a').emitAll(many);
  await row('a:g:p0').waitFor();
  const started = performance.now();
  await page.keyboard.press('p');
  await page.getByText('100/10002').waitFor();
  await page.keyboard.press('p');
  await page.keyboard.press('G');
  await row('b:g:y').waitFor();
  t.log(`filter, unfilter and go to the end: ${Math.round(performance.now() - started)} ms`);
  t.true((await page.locator('.row').count()) < 80);
  await eventually(
    () => page.locator('.row.cursor').count(),
    (count) => count === 1,
    { what: 'the cursor is at the end' },
  );
});

inBrowser('an address with a filter of 60 KB opens a page that says so and can be used', async (t) => {
  const { server, page, row, problems } = await look(t, DESK);
  for (const unit of ['(a+)+$', '*a', '(', 'a ']) {
    const filter = encodeURIComponent(`~${unit.repeat(60_000 / unit.length)}`);
    await page.goto('about:blank');
    await page.goto(`${server.url}/#filter=${filter}`);
    await page.getByText('a filter of more than 1000 characters').waitFor();
    await row('a:g:x').getByText('RUNNING').waitFor();
    await page.locator('.filter').fill(`~(x+)+$`);
    await row('a:g:y').waitFor({ state: 'detached' });
    await row('a:g:x').waitFor();
  }
  t.deepEqual(problems, []);
});
