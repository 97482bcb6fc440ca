// Proxies that pass the main log on as it comes: what status, doctor, watch and restart say behind each is so.
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { makeFolder, runMain, startChild } from '../cli/run-main.ts';
import { eventually } from '../helpers/deadline.ts';
import type { Proxy } from '../helpers/field/proxy.ts';
import { startHaproxy, startNginx } from '../helpers/field/proxy.ts';
import { testWith } from '../helpers/peers.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

type Setting = {
  readonly title: string;
  readonly peer: 'nginx' | 'haproxy';
  readonly start: (target: string) => Promise<Proxy>;
  readonly path?: string;
};

const RIGHT = 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off; proxy_read_timeout 1h;';
const HTTP = 'mode http\ntimeout client 60s\ntimeout server 60s\n';

function nginx(title: string, lines: (target: string) => string): Setting {
  return { title, peer: 'nginx', start: (target) => startNginx(lines(target)) };
}

function haproxy(title: string, lines: string): Setting {
  return { title, peer: 'haproxy', start: (target) => startHaproxy(`${lines}server s ${target}`) };
}

const SETTINGS: readonly Setting[] = [
  nginx('nginx with the right lines', (target) => `location / { proxy_pass http://${target}; ${RIGHT} }`),
  {
    ...nginx(
      'nginx under a path',
      (target) => `location /lab/ { proxy_pass http://${target}/; ${RIGHT} }\nlocation / { return 404; }`,
    ),
    path: '/lab/RPC2',
  },
  haproxy('HAProxy by TCP', 'mode tcp\ntimeout client 60s\ntimeout server 60s\n'),
  haproxy('HAProxy by HTTP', HTTP),
];

function crashed(line: string): boolean {
  return /"from":"RUNNING","to":"(EXITED|BACKOFF|RUNNING)"/.test(line);
}

async function behind(t: ExecutionContext, { start, path = '' }: Setting) {
  const programs = '[program:web]\ncommand=sleep 1000\nstartsecs=0\n';
  const host = await startSupervisord({ listen: 'tcp', programs });
  t.teardown(host.stop);
  const { address } = host;
  if (address.kind !== 'tcp') throw new Error('a proxy connects over TCP');
  const proxy = await start(`${address.host}:${address.port}`);
  t.teardown(proxy.stop);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const url = `http://127.0.0.1:${proxy.port}${path}`;
  return { host, config: await folder.write('multivisor.conf', `[supervisor:s]\nurl = ${url}\n`) };
}

for (const setting of SETTINGS) {
  testWith(setting.peer, test)(
    `behind ${setting.title} status, doctor, watch and restart say what is so`,
    async (t) => {
      const { host, config } = await behind(t, setting);

      const status = await runMain(['status', '-c', config]);
      t.is(status.code, 0, status.err);
      t.regex(status.out, /RUNNING +s:web:web/);

      const doctor = await runMain(['doctor', '-c', config]);
      t.is(doctor.code, 0, doctor.out);
      t.regex(doctor.out, /told by its main log/);
      t.notRegex(doctor.out, /unreachable/);

      const watching = startChild(['watch', '--json', 'web', '-c', config], { unbounded: true });
      t.teardown(async () => {
        watching.child.kill('SIGKILL');
        await watching.ended;
      });
      await watching.lines.until((line) => /"source":"log"/.test(line) || undefined, {
        what: 'its source',
        ms: 60_000,
      });
      const { pid } = await host.info('web');
      process.kill(pid, 'SIGKILL');
      await eventually(
        () => host.info('web'),
        (each) => each.pid !== pid && each.pid !== 0,
        { what: 'it is started again' },
      );
      const { pid: later } = await host.info('web');
      await watching.lines.until((line) => line.includes(String(later)) || undefined, { what: 'the row', ms: 60_000 });
      await watching.lines.until((line) => crashed(line) || undefined, { what: 'the crash', ms: 60_000 });
      t.is(watching.lines.items.filter(crashed).length, 1);

      const restarted = await runMain(['restart', 'web', '--wait', '-c', config]);
      t.is(restarted.code, 0, restarted.err);
      const { pid: last } = await host.info('web');
      t.not(last, later);
      await watching.lines.until((line) => line.includes(String(last)) || undefined, {
        what: 'the restart',
        ms: 60_000,
      });
      t.is(watching.lines.items.filter(crashed).length, 1);
      t.notRegex(watching.lines.items.join('\n'), /unreachable/);
    },
  );
}
