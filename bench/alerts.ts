import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Collector } from '../test/helpers/deadline.ts';
import { collect, deadline, eventually } from '../test/helpers/deadline.ts';
import { startSupervisord } from '../test/helpers/supervisord/supervisord.ts';
import type { Bench, BenchOptions } from './bench.ts';

const SAMPLES = 30;
const PROGRAMS =
  `[program:victim]\nprocess_name=v%(process_num)02d\nnumprocs=${SAMPLES + 1}\ncommand=sleep 100000\n` +
  'autorestart=false\nstartsecs=0\n';

/** From a crash to a receiver of this machine, through supervisord's log, the engine, the incidents, the store and HTTP. */
export const alerts: Bench = {
  name: 'alerts',
  summary: 'kill -9 of a process to the request at a webhook, with for = 0s, through `multivisor serve`',
  run: async (options) => [
    { what: 'crash to webhook', unit: 'ms', samples: await measure(options), limit: { part: 0.95, most: 300 } },
  ],
};

async function measure({ supervisord, command, signal }: BenchOptions): Promise<number[]> {
  const got = collect<{ readonly body: string; readonly at: number }>();
  const receiver = createServer((request, response) => {
    const at = performance.now();
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => (response.end(), got.push({ body, at })));
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const address = receiver.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const dir = await mkdtemp(join(tmpdir(), 'mv-bench-alerts-'));
  const host = await startSupervisord({ listen: 'tcp', programs: PROGRAMS, executable: supervisord });
  const config = join(dir, 'multivisor.conf');
  await writeFile(
    config,
    `[supervisor:s]\nurl = ${host.url}\n[alert:a]\nwhen = unexpected-exit\nfor = 0s\nto = http://127.0.0.1:${port}/\n`,
  );
  const args = [command, 'serve', '-c', config, '--bind', '127.0.0.1:0', '--state-dir', join(dir, 'state')];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(server, 'close');
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  try {
    const url = await eventually(
      () => /at (http:\S+)/.exec(said)?.[1] ?? '',
      (found) => found !== '',
      { what: said },
    );
    await eventually(
      () => fetch(`${url}/api/v1/status`).then((response) => response.text()),
      (text) => text.includes('RUNNING'),
      { what: 'the processes are known' },
    );
    return await killAndWait({ host, got, signal });
  } finally {
    server.kill('SIGKILL');
    await deadline(ended, 5_000, 'the server ends');
    receiver.closeAllConnections();
    receiver.close();
    await host.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

type Measuring = {
  readonly host: Awaited<ReturnType<typeof startSupervisord>>;
  readonly got: Collector<{ readonly body: string; readonly at: number }>;
  readonly signal: AbortSignal;
};

async function killAndWait({ host, got, signal }: Measuring): Promise<number[]> {
  const samples: number[] = [];
  for (let i = 0; i <= SAMPLES; i++) {
    const name = `v${String(i).padStart(2, '0')}`;
    const { pid } = await host.info(`victim:${name}`);
    // Anywhere within the second for which supervisord's loop may sleep, and long after our own call woke it.
    await delay(1_200 + Math.random() * 1_000, undefined, { signal });
    const begun = performance.now();
    process.kill(pid, 'SIGKILL');
    const at = await got.until((item) => (item.body.includes(`s:victim:${name}"`) ? item.at : undefined), {
      what: name,
    });
    samples.push(at - begun);
  }
  // The first may have come while the connection was being made.
  return samples.slice(1);
}
