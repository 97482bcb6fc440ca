// The proxies that are usual in front of a supervisord: what status, doctor, watch, logs and restart say behind each is so.
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { runMain } from '../cli/run-main.ts';
import { freePort } from '../helpers/free-port.ts';
import { eventually } from '../helpers/deadline.ts';
import type { Proxy } from '../helpers/field/proxy.ts';
import { startHaproxy, startNginx } from '../helpers/field/proxy.ts';
import { killProcess, rowsAtOnce, startWatching, tellsCrash, WEB, writeConfig } from '../helpers/field/table-run.ts';
import { testWith } from '../helpers/peers.ts';
import { readCertificate } from '../helpers/server/certificate.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

type Setting = {
  readonly title: string;
  readonly peer: 'nginx' | 'haproxy';
  readonly start: (target: string) => Promise<Proxy>;
  /** What doctor must say of how changes are found. */
  readonly found: RegExp;
  readonly path?: string;
  /** The stream of the main log is cut off after so long a silence. */
  readonly cutsStreams?: boolean;
};

const WITHHELD = /by polling: the main log stands open and nothing comes of it/;
const TOLD = /told by its main log/;
const RIGHT = 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_read_timeout 1h;';
const HTTP = 'mode http\ntimeout client 60s\ntimeout server 60s\n';
const LOGGED = 'log stdout format raw local0 info\noption httplog\n';

const nginx = (title: string, found: RegExp, lines: (target: string) => string): Setting => {
  return { title, peer: 'nginx', found, start: (target) => startNginx(lines(target)) };
};
const haproxy = (title: string, found: RegExp, lines: string): Setting => {
  return { title, peer: 'haproxy', found, start: (target) => startHaproxy(`${lines}server s ${target}`) };
};

const SETTINGS: readonly Setting[] = [
  nginx('nginx with its defaults', WITHHELD, (target) => `location / { proxy_pass http://${target}; }`),
  nginx(
    'nginx that speaks HTTP/1.0 without buffering',
    WITHHELD,
    (target) => `location / { proxy_pass http://${target}; proxy_http_version 1.0; proxy_buffering off; }`,
  ),
  nginx(
    'nginx that speaks HTTP/1.1 and buffers',
    TOLD,
    (target) => `location / { proxy_pass http://${target}; proxy_http_version 1.1; proxy_set_header Connection ""; }`,
  ),
  nginx('nginx with the right lines', TOLD, (target) => `location / { proxy_pass http://${target}; ${RIGHT} }`),
  {
    ...nginx(
      'nginx under a path',
      TOLD,
      (target) => `location /lab/ { proxy_pass http://${target}/; ${RIGHT} }\nlocation / { return 404; }`,
    ),
    path: '/lab/RPC2',
  },
  nginx(
    'nginx that forbids /mainlogtail',
    /by polling: the main log cannot be read \(HTTP 403\)/,
    (target) => `location / { proxy_pass http://${target}; ${RIGHT} }\nlocation /mainlogtail { return 403; }`,
  ),
  haproxy('HAProxy by TCP', TOLD, 'mode tcp\ntimeout client 60s\ntimeout server 60s\n'),
  haproxy('HAProxy by HTTP', TOLD, HTTP),
  haproxy('HAProxy with httpclose', WITHHELD, `${HTTP}option httpclose\n`),
  {
    ...haproxy(
      'HAProxy that cuts off what is silent',
      TOLD,
      `mode http\ntimeout client 2s\ntimeout server 2s\n${LOGGED}`,
    ),
    cutsStreams: true,
  },
];

async function behind(t: ExecutionContext, { start, path = '' }: Setting) {
  const host = await startSupervisord({ listen: 'tcp', programs: WEB });
  t.teardown(host.stop);
  const { address } = host;
  if (address.kind !== 'tcp') throw new Error('a proxy connects over TCP');
  const proxy = await start(`${address.host}:${address.port}`);
  t.teardown(proxy.stop);
  const log = join(host.dir, 'web.log');
  await writeFile(log, 'old\n');
  return { host, proxy, log, config: await writeConfig(t, `http://127.0.0.1:${proxy.port}${path}`) };
}

const LONG = { ms: 60_000 };

for (const setting of SETTINGS) {
  testWith(setting.peer, test)(`behind ${setting.title} status, doctor, watch, logs and restart say what is so`, (t) =>
    rowsAtOnce(async () => {
      const { host, proxy, log, config } = await behind(t, setting);
      const told = setting.found === TOLD;
      const watching = startWatching(t, ['watch', '--json', 'web', '-c', config]);
      const following = startWatching(t, ['logs', '-f', 'web', '-c', config]);

      const status = await runMain(['status', '-c', config]);
      t.is(status.code, 0, status.err);
      t.regex(status.out, /RUNNING +s:web:web/);

      const doctor = await runMain(['doctor', '-c', config]);
      t.is(doctor.code, 0, doctor.out);
      t.regex(doctor.out, setting.found);
      t.notRegex(doctor.out, /unreachable/);

      const opened = told ? /"source":"log"/ : /"type":"snapshot"/;
      await watching.lines.until((line) => opened.test(line) || undefined, { what: 'its source', ...LONG });
      if (setting.cutsStreams) {
        const cuts = () => proxy.output().split('GET /mainlogtail').length - 1;
        await eventually(cuts, (count) => count >= 2, { what: 'the stream is cut off', ...LONG });
      }
      const first = await killProcess(host, 'web');
      const killed = performance.now();
      await watching.lines.until((line) => line.includes(String(first)) || undefined, { what: 'the row', ...LONG });
      const rowMs = Math.round(performance.now() - killed);
      await watching.lines.until((line) => tellsCrash(line) || undefined, { what: 'the crash', ...LONG });
      t.is(watching.lines.items.filter(tellsCrash).length, 1);

      await following.lines.until((line) => line.endsWith('old') || undefined, { what: 'the old line', ...LONG });
      for (const line of ['new 1', 'new 2']) {
        await appendFile(log, `${line}\n`);
        await following.lines.until((each) => each.endsWith(line) || undefined, { what: line, ...LONG });
      }
      t.deepEqual(
        following.lines.items.map((line) => line.replace(/^.*?(?=old|new)/, '')),
        ['old', 'new 1', 'new 2'],
      );

      const restarted = await runMain(['restart', 'web', '--wait', '-c', config]);
      t.is(restarted.code, 0, restarted.err);
      const { pid: last } = await host.info('web');
      t.not(last, first);
      await watching.lines.until((line) => line.includes(String(last)) || undefined, { what: 'the restart', ...LONG });
      // Who only polls cannot tell a restart by somebody else from a crash.
      const crashes = watching.lines.items.filter(tellsCrash).length;
      t.true(told ? crashes === 1 : crashes <= 2, watching.lines.items.join('\n'));
      t.notRegex(watching.lines.items.join('\n'), /unreachable|"type":"gap"/);
      t.is(following.stderr(), '');
      t.log(`row right after ${rowMs} ms · crashes told ${crashes} · ${setting.found.source}`);
    }),
  );
}

testWith('nginx', test)(
  'behind nginx whose certificate is signed by itself it is named, and works once trusted',
  async (t) => {
    const { certFile, keyFile } = await readCertificate();
    const setting: Setting = {
      title: 'TLS',
      peer: 'nginx',
      found: TOLD,
      start: (target) =>
        startNginx(
          `ssl_certificate ${certFile};\nssl_certificate_key ${keyFile};\nlocation / { proxy_pass http://${target}; ${RIGHT} }`,
          'ssl',
        ),
    };
    const { host, proxy } = await behind(t, setting);
    const config = await writeConfig(t, `https://127.0.0.1:${proxy.port}`);
    const untrusted = await runMain(['doctor', '-c', config]);
    t.is(untrusted.code, 7, untrusted.out);
    t.regex(untrusted.out, /the certificate of 127\.0\.0\.1:\d+ is not trusted/);
    t.regex(untrusted.out, /NODE_EXTRA_CA_CERTS/);
    t.notRegex(untrusted.out, /ping|nc -vz/);

    const env = { NODE_EXTRA_CA_CERTS: certFile };
    const watching = startWatching(t, ['watch', '--json', 'web', '-c', config], { env });
    await watching.lines.until((line) => /"source":"log"/.test(line) || undefined, { what: 'its source', ...LONG });
    const pid = await killProcess(host, 'web');
    await watching.lines.until((line) => line.includes(String(pid)) || undefined, { what: 'the row', ...LONG });
    await watching.lines.until((line) => tellsCrash(line) || undefined, { what: 'the crash', ...LONG });
    t.is(watching.lines.items.filter(tellsCrash).length, 1);
  },
);

testWith('nginx', test)(
  'behind nginx that cannot reach supervisord each command says so, and none says that it is off',
  async (t) => {
    const target = `127.0.0.1:${await freePort()}`;
    const proxy = await startNginx(`location / { proxy_pass http://${target}; }`);
    t.teardown(proxy.stop);
    const config = await writeConfig(t, `http://127.0.0.1:${proxy.port}`);
    for (const args of [['status'], ['doctor'], ['restart', 'web'], ['logs', 'web']]) {
      const { code, out, err } = await runMain([...args, '-c', config]);
      t.not(code, 0);
      t.regex(out + err, /HTTP 502\): the proxy there cannot reach supervisord/, args.join(' '));
      t.notRegex(out + err, /is the host on|see the log of supervisord|no process/, args.join(' '));
    }
  },
);
