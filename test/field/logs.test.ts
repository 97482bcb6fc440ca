// Logs as they are found in the field: behind a proxy that keeps streams back, on devices, rotated, and not UTF-8.
import { spawnSync } from 'node:child_process';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { LinkOptions } from '../../src/bridge/link/link-options.ts';
import { createSupervisordLink } from '../../src/bridge/supervisord/supervisord-link.ts';
import type { SupervisordConfig } from '../../src/core/config/types.ts';
import type { TailChunk, TailRequest } from '../../src/core/ports.ts';
import { SessionError } from '../../src/core/ports.ts';
import { collect, deadline, eventually } from '../helpers/deadline.ts';
import { openDevice } from '../helpers/field/devices.ts';
import { startNginx } from '../helpers/field/proxy.ts';
import { findPeer, testWith } from '../helpers/peers.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const QUIET = '[program:quiet]\ncommand=sleep 1000\nstartsecs=0\nstdout_logfile=%(here)s/quiet.log\n';

function tail(
  t: ExecutionContext,
  config: SupervisordConfig,
  { random = Math.random, ...request }: Partial<TailRequest & LinkOptions> = {},
) {
  const over = new AbortController();
  t.teardown(() => over.abort());
  const chunks = collect<TailChunk>();
  const link = createSupervisordLink(config, { random });
  const whole = { uid: 's:quiet:quiet', stream: 'stdout', backlogBytes: 1_000, follow: true, ...request } as const;
  const read = async () => {
    for await (const chunk of link.tail(whole, { signal: over.signal })) chunks.push(chunk);
  };
  const ended = read();
  ended.catch(() => 'a test that wants its failure awaits it');
  const text = () => chunks.items.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
  const untilText = (wanted: string) =>
    eventually(text, (now) => now.includes(wanted), { what: `"${wanted}"`, ms: 30_000 });
  return { chunks, ended, text, untilText };
}

const settings: readonly { readonly title: string; readonly lines: string }[] = [
  { title: 'its defaults', lines: '' },
  {
    title: 'HTTP/1.1, and /logtail held in its buffers',
    lines: 'proxy_http_version 1.1; proxy_ignore_headers X-Accel-Buffering; proxy_set_header Connection "";',
  },
  { title: 'no /logtail for us', lines: 'if ($request_uri ~ logtail) { return 403; }' },
];

for (const { title, lines } of settings) {
  testWith('nginx', test)(
    `logs -f behind nginx with ${title} shows each line once, and nothing was emptied`,
    async (t) => {
      const host = await startSupervisord({ listen: 'tcp', programs: QUIET });
      t.teardown(host.stop);
      const { address } = host;
      if (address.kind !== 'tcp') return t.fail();
      const proxy = await startNginx(`location / { proxy_pass http://127.0.0.1:${address.port}; ${lines} }`);
      t.teardown(proxy.stop);
      const log = join(host.dir, 'quiet.log');
      await writeFile(log, 'old 1\nold 2\n');
      const following = tail(t, host.config({ address: { ...address, port: proxy.port } }));
      await following.untilText('old 2\n');
      await appendFile(log, 'new 1 é漢\n');
      await following.untilText('new 1 é漢\n');
      await appendFile(log, 'new 2\nnew 3\n');
      await following.untilText('new 3\n');
      t.is(following.text(), 'old 1\nold 2\nnew 1 é漢\nnew 2\nnew 3\n');
      t.deepEqual(
        following.chunks.items.filter(({ type }) => type === 'gap'),
        [],
      );
    },
  );
}

for (const follow of [true, false]) {
  test(`a program's log on a pipe, as /dev/fd/1 in Docker, is named${follow ? ', also when it is followed' : ''}`, async (t) => {
    const host = await startSupervisord({
      programs:
        '[program:quiet]\ncommand=sleep 1000\nautostart=false\nstdout_logfile=%(here)s/out\nstdout_logfile_maxbytes=0\n',
    });
    t.teardown(host.stop);
    const device = await openDevice('pipe', join(host.dir, 'out'));
    t.teardown(device.stop);
    await host.rpc('supervisor.startProcess', 'quiet', false);
    const { ended } = tail(t, host.config(), { follow });
    const error = await t.throwsAsync(deadline(ended, 20_000, 'it is refused'), { instanceOf: SessionError });
    t.true(error?.message.includes(device.path), error?.message);
    t.regex(error?.message ?? '', /docker logs shows it/);
  });
}

testWith('logrotate', test)('logs -f outlives a rotation by logrotate that leaves no file for a while', async (t) => {
  const host = await startSupervisord({ programs: QUIET });
  t.teardown(host.stop);
  const log = join(host.dir, 'quiet.log');
  await writeFile(log, 'before\n');
  const retries = collect<number>();
  const random = () => {
    retries.push(performance.now());
    return 0.5;
  };
  const following = tail(t, host.config(), { random });
  await following.untilText('before\n');
  const rules = join(host.dir, 'rotate.conf');
  await writeFile(rules, `${log} {\nsu root root\nrotate 3\nnocreate\n}\n`);
  for (let round = 1; round <= 3; round += 1) {
    const state = join(host.dir, 'state');
    const { status, stderr } = spawnSync(findPeer('logrotate') ?? 'logrotate', ['-f', '-s', state, rules]);
    t.is(status, 0, String(stderr));
    // Away for so long that it is looked for more than once.
    const from = retries.items.length;
    await retries.until((_, index) => index >= from + 1 || undefined, { what: 'it is looked for again', ms: 30_000 });
    await writeFile(log, `after ${round}\n`);
    await following.untilText(`after ${round}\n`);
  }
  t.is(following.text(), 'before\nafter 1\nafter 2\nafter 3\n');
});

const encodings: readonly { readonly title: string; readonly bytes: Buffer; readonly shown: RegExp }[] = [
  {
    title: 'Latin-1',
    bytes: Buffer.from('caf\u00e9 ol\u00e9\n'.repeat(200), 'latin1'),
    shown: /caf\ufffd ol\ufffd\n$/,
  },
  { title: 'UTF-16', bytes: Buffer.from('\ufeffgr\u00fc\u00dfe\n'.repeat(100), 'utf16le'), shown: /e/ },
];

for (const { title, bytes, shown } of encodings) {
  test(`a ${title} log makes supervisord complain once, however often it is shown`, async (t) => {
    const host = await startSupervisord({ programs: QUIET });
    t.teardown(host.stop);
    await writeFile(join(host.dir, 'quiet.log'), bytes);
    const link = createSupervisordLink(host.config());
    for (let round = 0; round < 3; round += 1) {
      let text = '';
      const request = { uid: 's:quiet:quiet', stream: 'stdout', backlogBytes: 1_000, follow: false } as const;
      for await (const chunk of link.tail(request, { signal: AbortSignal.timeout(20_000) })) {
        if (chunk.type === 'text') text += chunk.text;
      }
      t.regex(text, shown);
    }
    const complaints = (await host.readLog()).match(/Traceback|UnicodeDecodeError/gu) ?? [];
    t.true(complaints.length <= 2, `${complaints.length}`);
    t.is((await host.readLog()).match(/Traceback/gu)?.length ?? 0, 1);
  });
}
