// Real receivers: Prometheus' Alertmanager, and a mail server.
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import * as v from 'valibot';
import { eventually } from '../../helpers/deadline.ts';
import { freePort } from '../../helpers/free-port.ts';
import { findPeer, testWith } from '../../helpers/peers.ts';
import { openAlerted } from '../../helpers/server/alerted.ts';
import { runMain } from '../../cli/run-main.ts';

const LIMIT_MS = 120_000;

async function makeDir(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-alerts-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Ended with the test, before its directory is taken away. */
function start(t: ExecutionContext, command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await ended;
    if (!t.passed) t.log(said.slice(-2_000));
  });
  return child;
}

const active = v.array(
  v.object({
    labels: v.record(v.string(), v.string()),
    annotations: v.record(v.string(), v.string()),
    status: v.object({ state: v.string() }),
    generatorURL: v.string(),
  }),
);

testWith('alertmanager', test)('an Alertmanager has each incident for as long as it lasts', async (t) => {
  t.timeout(2 * LIMIT_MS);
  const [dir, port] = [await makeDir(t), await freePort()];
  await writeFile(join(dir, 'am.yml'), 'route:\n  receiver: none\nreceivers:\n  - name: none\n');
  const url = `http://127.0.0.1:${port}/am`;
  start(t, findPeer('alertmanager') ?? '', [
    `--config.file=${join(dir, 'am.yml')}`,
    `--storage.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.route-prefix=/am',
    '--cluster.listen-address=',
  ]);
  const alerts = async () => v.parse(active, await (await fetch(`${url}/api/v2/alerts`)).json());
  await eventually(
    () => alerts().catch(() => null),
    (found) => found !== null,
    { what: 'the Alertmanager answers', ms: LIMIT_MS },
  );
  const { host, serve, config } = await openAlerted(t, {
    sections: `[alert:night]\nwhen = unexpected-exit\nto = alertmanager+${url}\n`,
  });
  await serve();
  await host.rpc('supervisor.signalProcess', 'crash', 'KILL');
  const firing = await eventually(alerts, (found) => found.length > 0, { what: 'it fires', ms: LIMIT_MS });
  t.is(firing.length, 1);
  t.like(firing[0], {
    labels: {
      alertname: 'unexpected-exit',
      alert: 'night',
      installation: 'lab',
      supervisor: 'a',
      process: 'a:crash:crash',
      group: 'crash',
      program: 'crash',
    },
    status: { state: 'active' },
  });
  t.regex(firing[0]?.annotations['description'] ?? '', /killed by SIGKILL/);
  t.regex(firing[0]?.generatorURL ?? '', /#filter=a%3Acrash%3Acrash/);
  await host.rpc('supervisor.startProcess', 'crash');
  await eventually(alerts, (found) => found.length === 0, { what: 'it is resolved', ms: LIMIT_MS });
  const tested = await runMain(['alert', 'test', 'night', '-c', config]);
  t.is(tested.code, 0, tested.err);
  t.is((await alerts())[0]?.labels['alertname'], 'test');
});

testWith('aiosmtpd', test)(
  'mail says it in its subject and in words, and the end of an incident answers its beginning',
  async (t) => {
    t.timeout(2 * LIMIT_MS);
    const [dir, port] = [await makeDir(t), await freePort()];
    const box = join(dir, 'box');
    const python = join(dirname(findPeer('aiosmtpd') ?? ''), 'python');
    start(t, python, ['-m', 'aiosmtpd', '-n', '-l', `127.0.0.1:${port}`, '-c', 'aiosmtpd.handlers.Mailbox', box]);
    const mails = async () => {
      const names = await readdir(join(box, 'new')).catch((): string[] => []);
      return Promise.all(names.map((name) => readFile(join(box, 'new', name), 'utf8')));
    };
    const { host, serve, config } = await openAlerted(t, {
      sections:
        `[alert:night]\nwhen = unexpected-exit\nto = mailto:ops@example.org\n` +
        `[smtp]\nurl = smtp://127.0.0.1:${port}\nfrom = Multivisor <mv@example.org>\n`,
    });
    const tested = await eventually(
      () => runMain(['alert', 'test', 'night', '-c', config]),
      ({ code }) => code === 0,
      { what: 'the mail server answers', ms: LIMIT_MS },
    );
    t.regex(tested.out, /^mailto:ops@example\.org: 250 /);
    await serve();
    await host.rpc('supervisor.signalProcess', 'crash', 'KILL');
    const first = await eventually(
      async () => (await mails()).find((text) => text.includes('killed by SIGKILL')) ?? '',
      (text) => text !== '',
      { what: 'the mail', ms: LIMIT_MS },
    );
    t.regex(first, /^From: Multivisor <mv@example\.org>\r?$/mu);
    t.regex(first, /^To: ops@example\.org\r?$/mu);
    t.regex(first, /^Subject: \[lab\] a:crash:crash unexpected-exit\r?$/mu);
    const id = /^Message-ID: (\S+)\r?$/mu.exec(first)?.[1] ?? 'none';
    await host.rpc('supervisor.startProcess', 'crash');
    const last = await eventually(
      async () => (await mails()).find((text) => text.includes('over: a:crash:crash')) ?? '',
      (text) => text !== '',
      { what: 'the mail of its end', ms: LIMIT_MS },
    );
    t.true(last.includes(`In-Reply-To: ${id}`), last);
    t.is((await mails()).length, 3);
  },
);

testWith('aiosmtpd', test)(
  'a mail server beyond this machine must speak TLS, and a login is never sent without',
  async (t) => {
    const [dir, port] = [await makeDir(t), await freePort()];
    const python = join(dirname(findPeer('aiosmtpd') ?? ''), 'python');
    start(t, python, [
      '-m',
      'aiosmtpd',
      '-n',
      '-l',
      `0.0.0.0:${port}`,
      '-c',
      'aiosmtpd.handlers.Mailbox',
      join(dir, 'box'),
    ]);
    const send = async (name: string) => {
      const { sendMail } = await import('../../../src/server/alerts/channels/send-mail.ts');
      const smtp = { host: name, port, secure: false, user: 'ops', password: 's3cret', from: 'mv@example.org' };
      const { toTestMessage } = await import('../../../src/core/alerts/message.ts');
      const snapshot = { name: 'lab', epoch: '', revision: 0, supervisors: new Map() };
      const message = toTestMessage('night', { snapshot, now: 0, pageUrl: 'http://h' });
      return sendMail({ to: 'ops@example.org', smtp }, message, { signal: AbortSignal.timeout(20_000) });
    };
    // Another name of the loopback, which counts as a host like any other.
    const answer = await eventually(
      () => send('127.0.0.2'),
      ({ said }) => !said.includes('ECONNREFUSED'),
      { what: 'it listens', ms: LIMIT_MS },
    );
    t.false(answer.ok);
    t.regex(answer.said, /STARTTLS|TLS/);
    t.false(answer.said.includes('s3cret'));
  },
);
