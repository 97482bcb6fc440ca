// Whom the other end of TLS is taken for: only Node's own trust counts, which it reads when it starts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { run } from '../../../scripts/run.ts';
import { createListenerLink } from '../../../src/bridge/listener/listener-link.ts';
import { readCertificate } from '../../helpers/server/certificate.ts';
import { LISTENER_AGENTS, startListenerHost } from '../../helpers/agents/listener-host.ts';
import { runLink } from '../../helpers/supervisord/run-link.ts';

const MAIN = fileURLToPath(new URL('../../../bin/multivisor.ts', import.meta.url));

for (const agent of LISTENER_AGENTS) {
  test(`${agent}: a certificate that nobody vouches for is refused with the reason, a trusted one is not`, async (t) => {
    const tls = await readCertificate();
    const host = await startListenerHost(agent, {
      programs: '[program:web]\ncommand=sleep 1000\nstartsecs=0\n',
      token: 'open sesame',
      tls,
    });
    t.teardown(host.stop);
    await host.listens();
    const stranger = runLink(createListenerLink(host.listenerConfig()));
    t.teardown(stranger.stop);
    const { error } = await stranger.next('down');
    t.is(error.code, 'unreachable');
    t.regex(error.message, /certificate of 127\.0\.0\.1:\d+ is not trusted .*: see NODE_EXTRA_CA_CERTS/u);

    const dir = await mkdtemp(join(tmpdir(), 'mv-tls-'));
    t.teardown(() => rm(dir, { recursive: true, force: true }));
    const config = join(dir, 'multivisor.conf');
    await writeFile(config, `[supervisor:s]\nurl=https://any:open%20sesame@127.0.0.1:${host.port}\n`);
    const { output, ok } = await run(process.execPath, [MAIN, '-c', config, 'status', 'web'], {
      cwd: fileURLToPath(new URL('../../../', import.meta.url)),
      env: { ...process.env, NODE_EXTRA_CA_CERTS: tls.certFile },
      signal: new AbortController().signal,
      timeoutMs: 60_000,
    });
    t.true(ok, output);
    t.regex(output, /RUNNING/u);
  });
}
