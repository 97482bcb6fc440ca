import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { followMainLog } from '../src/bridge/supervisord/main-log/follow.ts';
import { createSupervisordLink } from '../src/bridge/supervisord/supervisord-link.ts';
import { createTransport } from '../src/bridge/supervisord-api/http/transport.ts';
import { DEFAULT_LINK_OPTIONS } from '../src/bridge/link/link-options.ts';
import type { Collector } from '../test/helpers/deadline.ts';
import { collect, deadline } from '../test/helpers/deadline.ts';
import type { Supervisord } from '../test/helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../test/helpers/supervisord/supervisord.ts';
import type { Bench, BenchOptions, Figure } from './bench.ts';

const SAMPLES = 30;
const lineSchema = v.object({ uid: v.optional(v.string()), to: v.optional(v.string()) });
const VICTIM = '[program:victim]\ncommand=sleep 100000\nstartsecs=0\n';
const NOISE = '[program:noise]\ncommand=bash -c "while sleep 0.5; do echo noise; done"\n';
const FILL = '[program:fill]\nprocess_name=%(program_name)s_%(process_num)02d\nnumprocs=18\ncommand=sleep 100000\n';

/** From the death of a child to us. */
export const push: Bench = {
  name: 'push',
  summary: 'kill -9 of a process to its observation, of 20 processes, beside the bare stream of the main log',
  run: async (options) => [
    ...(await compare('quiet supervisord', VICTIM + FILL, options)),
    ...(await compare('another program writes every 0.5 s', VICTIM + FILL + NOISE, options)),
  ],
};

async function compare(
  what: string,
  programs: string,
  { supervisord, command, signal }: BenchOptions,
): Promise<readonly Figure[]> {
  const host = await startSupervisord({ listen: 'tcp', programs, executable: supervisord });
  try {
    const bare = await killAndWait(host, { signal, listen: listenToLog });
    const beside = (samples: readonly number[]): NonNullable<Figure['against']> => {
      const ratios = samples.map((sample, index) => sample / (bare[index] ?? Number.NaN));
      return { what: 'bare stream', samples: bare, ratios };
    };
    const link = await killAndWait(host, { signal, listen: listenToLink });
    const lines = await killAndWait(host, { signal, listen: listenToCommand(command) });
    return [
      { what, unit: 'ms', samples: link, against: beside(link) },
      { what: `${what}, to the line of watch --json`, unit: 'ms', samples: lines, against: beside(lines) },
    ];
  } finally {
    await host.stop();
  }
}

type Listener = {
  (host: Supervisord, told: Collector<'exited' | 'running'>, signal: AbortSignal): Promise<void>;
};

async function killAndWait(
  host: Supervisord,
  { signal, listen }: { readonly signal: AbortSignal; readonly listen: Listener },
): Promise<number[]> {
  const over = new AbortController();
  const told = collect<'exited' | 'running'>();
  const listening = listen(host, told, AbortSignal.any([signal, over.signal]));
  const samples: number[] = [];
  while (samples.length <= SAMPLES) {
    const { pid } = await host.info('victim');
    // Anywhere within the second for which supervisord's loop may sleep, and long after our own call woke it.
    await delay(1_200 + Math.random() * 1_000, undefined, { signal });
    const from = told.items.length;
    const begun = performance.now();
    process.kill(pid, 'SIGKILL');
    await told.until((what) => what === 'exited' || undefined, { what: 'it is told', from });
    samples.push(performance.now() - begun);
    await told.until((what) => what === 'running' || undefined, { what: 'it runs again', from });
  }
  over.abort();
  await deadline(listening, 2_000, 'the listener ends');
  // The first may have come while the connection was being made.
  return samples.slice(1);
}

const listenToLog: Listener = async (host, told, signal) => {
  const transport = createTransport(host, { ...DEFAULT_LINK_OPTIONS, maxBytes: DEFAULT_LINK_OPTIONS.maxAnswerBytes });
  await followMainLog({
    transport,
    path: '/mainlogtail',
    memory: { seen: null, doubtful: false },
    onEvents: (events) => {
      for (const event of events) {
        if (event.type === 'exited' || event.type === 'running') told.push(event.type);
      }
    },
    onOpen: () => {},
    onAlive: () => {},
    // No call tells of the log here, and so none that the stream is held back: it is waited for however long it takes.
    logEnd: () => Promise.resolve(Buffer.alloc(0)),
    onEmpty: () => {},
    onGap: () => {},
    onBytes: () => {},
    signal,
  }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  transport.close();
};

const listenToLink: Listener = async (host, told, signal) => {
  const link = createSupervisordLink(host.config());
  link.attend(true);
  await link.run(
    (observation) => {
      if (observation.type !== 'transitions') return;
      for (const { name, to } of observation.transitions) {
        if (name !== 'victim') continue;
        if (to === 'EXITED') told.push('exited');
        if (to === 'RUNNING') told.push('running');
      }
    },
    { signal },
  );
};

function listenToCommand(command: string): Listener {
  return async (host, told, signal) => {
    const dir = await mkdtemp(join(tmpdir(), 'multivisor-bench-'));
    const config = join(dir, 'multivisor.conf');
    await writeFile(config, `[supervisor:s]\nurl = ${host.url}\n`);
    const child = spawn(process.execPath, [command, 'watch', '--json', '--all', '-c', config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { uid, to } = v.parse(lineSchema, JSON.parse(line));
      if (uid !== 's:victim:victim') return;
      if (to === 'EXITED') told.push('exited');
      if (to === 'RUNNING') told.push('running');
    });
    const ended = once(child, 'close');
    signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    await ended;
    await rm(dir, { recursive: true });
  };
}
