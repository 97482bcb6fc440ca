// A stream that stands open and brings nothing: behind proxies that keep it back, and from logs that are no files.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { POLL_REASONS } from '../../src/core/poll-reasons.ts';
import { createSupervisordLink } from '../../src/bridge/supervisord/supervisord-link.ts';
import { runMain } from '../cli/run-main.ts';
import type { Proxy } from '../helpers/field/proxy.ts';
import { startHaproxy, startNginx } from '../helpers/field/proxy.ts';
import { openDevice } from '../helpers/field/devices.ts';
import { testWith } from '../helpers/peers.ts';
import { runLink } from '../helpers/supervisord/run-link.ts';
import type { Supervisord } from '../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const WEB = '[program:web]\ncommand=sleep 1000\nstartsecs=0\n';

type Setting = {
  readonly title: string;
  readonly peer: 'nginx' | 'haproxy';
  readonly start: (target: string) => Promise<Proxy>;
};

const HTTP = 'mode http\ntimeout client 60s\ntimeout server 60s\n';

const withholding: readonly Setting[] = [
  {
    title: 'nginx with its defaults',
    peer: 'nginx',
    start: (target) => startNginx(`location / { proxy_pass http://${target}; }`),
  },
  {
    title: 'nginx that speaks HTTP/1.1 and closes each connection',
    peer: 'nginx',
    start: (target) =>
      startNginx(`location / { proxy_pass http://${target}; proxy_http_version 1.1; proxy_buffering off; }`),
  },
  {
    title: 'HAProxy with httpclose',
    peer: 'haproxy',
    start: (target) => startHaproxy(`${HTTP}option httpclose\nserver s ${target}`),
  },
];

function targetOf({ address }: Supervisord): string {
  if (address.kind !== 'tcp') throw new Error('a proxy connects over TCP');
  return `${address.host}:${address.port}`;
}

async function behind(t: ExecutionContext, { start }: Setting, programs: string) {
  const host = await startSupervisord({ listen: 'tcp', programs });
  t.teardown(host.stop);
  const proxy = await start(targetOf(host));
  t.teardown(proxy.stop);
  const config = host.config({
    address: { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: proxy.port, path: '/RPC2' },
    url: `http://127.0.0.1:${proxy.port}`,
  });
  return { host, proxy, config };
}

async function configFile(t: ExecutionContext, url: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-field-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'multivisor.conf');
  await writeFile(file, `[supervisor:s]\nurl = ${url}\n`);
  return file;
}

for (const setting of withholding) {
  testWith(setting.peer, test)(`behind ${setting.title} a supervisord is polled, not unreachable`, async (t) => {
    const { host, config } = await behind(t, setting, WEB);
    const run = runLink(createSupervisordLink(config));
    t.teardown(run.stop);
    const first = await run.untilState('web:web', 'RUNNING');
    await run.seen.until((seen) => (seen.type === 'source' && seen.note === POLL_REASONS.withheld.note) || undefined, {
      what: 'it is told that the stream brings nothing',
      ms: 60_000,
    });
    const { pid } = await host.info('web');
    t.is(first.pid, pid);
    process.kill(pid, 'SIGKILL');
    // The reading under way may be of before; the one after it is not.
    const from = run.seen.items.length;
    await run.seen.until(() => run.rows.get('web:web')?.pid !== pid || undefined, { what: 'the row', ms: 60_000 });
    const read = run.seen.items.slice(from).filter(({ type }) => type === 'all');
    t.true(read.length <= 2, 'within a poll interval');
    t.deepEqual(
      run.seen.items.filter(({ type }) => type === 'down' || type === 'gap'),
      [],
    );
  });
}

const [nginx] = withholding;
if (nginx) {
  testWith('nginx', test)('behind nginx with its defaults doctor names the lines that are missing', async (t) => {
    const { config } = await behind(t, nginx, WEB);
    const { out, code } = await runMain(['doctor', '-c', await configFile(t, config.url)]);
    t.is(code, 0);
    t.regex(out, /by polling: the main log stands open and nothing comes of it/);
    t.regex(out, /proxy_http_version 1\.1; proxy_set_header Connection ""; proxy_buffering off/);
  });
}

testWith('nginx', test)('a proxy that forbids /mainlogtail is not told to pass the log on', async (t) => {
  const setting: Setting = {
    title: '403',
    peer: 'nginx',
    start: (target) => startNginx(`location / { proxy_pass http://${target}; }\nlocation /mainlogtail { return 403; }`),
  };
  const { config } = await behind(t, setting, WEB);
  const file = await configFile(t, config.url);
  const { out } = await runMain(['doctor', '-c', file]);
  t.regex(out, /by polling: the main log cannot be read \(HTTP 403\)/);
  t.notRegex(out, /told by its main log/);
  const { out: table } = await runMain(['supervisors', '-c', file]);
  t.regex(table, /poll.*HTTP 403/);
});

test('a supervisord whose log stands open is told by it, and no sooner than a byte of it came', async (t) => {
  const host = await startSupervisord({ listen: 'tcp', programs: WEB });
  t.teardown(host.stop);
  const { out } = await runMain(['supervisors', '-c', await configFile(t, host.url)]);
  t.regex(out, / log /);
});

for (const kind of ['pipe', 'terminal'] as const) {
  test(`a main log that is a ${kind}, as under Docker, is polled from the start, and docker logs is named`, async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'mv-field-'));
    t.teardown(() => rm(dir, { recursive: true, force: true }));
    const device = await openDevice(kind, join(dir, 'log'));
    t.teardown(device.stop);
    const host = await startSupervisord({ logfile: device.path, settings: 'logfile_maxbytes=0', programs: WEB });
    t.teardown(host.stop);
    const { out } = await runMain(['doctor', '-c', await configFile(t, host.url)]);
    t.regex(out, /by polling: its main log is a pipe or a terminal.*docker logs shows it/);
    const run = runLink(createSupervisordLink(host.config()));
    t.teardown(run.stop);
    const { pid } = await run.untilState('web:web', 'RUNNING');
    process.kill(pid ?? 0, 'SIGKILL');
    await run.seen.until(() => run.rows.get('web:web')?.pid !== pid || undefined, { what: 'the row', ms: 60_000 });
    const sources = run.seen.items.filter(({ type }) => type === 'source');
    t.deepEqual(sources, [{ type: 'source', source: 'poll', note: POLL_REASONS.device.note }]);
  });
}
