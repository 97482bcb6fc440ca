import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Supervisord } from '../test/helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../test/helpers/supervisord/supervisord.ts';
import type { Bench, Figure } from './bench.ts';
import { cpuMs } from './process-cost.ts';

const HOSTS = 100;
const DAY_MS = 86_400_000;
const LOG_BYTES = 2 * 1024 * 1024;
const PROGRAM = '[program:web]\ncommand=sleep 100000\nstartsecs=0\n';
const RUNS = 3;
const LONG_BYTES = 50 * 1024 * 1024;

/** What nobody watched, of many hosts at once, and what it costs them. */
export const history: Bench = {
  name: 'history',
  summary: 'multivisor events and report, from the main logs of 100 supervisords that nobody watched',
  run: async ({ command, supervisord, signal }) => {
    const dir = await mkdtemp(join(tmpdir(), 'mv-history-'));
    const hosts: Supervisord[] = [];
    const start = async (name: string, bytes: number) => {
      const logfile = join(dir, `${name}.log`);
      await writeFile(logfile, dayOfLines(bytes));
      const settings = 'logfile_maxbytes=0';
      const env = { TZ: 'UTC' };
      const host = await startSupervisord({ programs: PROGRAM, executable: supervisord, logfile, settings, env });
      hosts.push(host);
      return host;
    };
    try {
      for (let index = 0; index < HOSTS; index += 1) await start(`h${index}`, LOG_BYTES);
      const config = join(dir, 'mv.conf');
      await writeFile(config, hosts.map(({ url }, index) => `[supervisor:h${index}]\nurl = ${url}\n`).join(''));
      const day = await measure([command, 'events', '--since', '24h', '-c', config], hosts, signal);

      const long = await start('long', LONG_BYTES);
      const alone = join(dir, 'long.conf');
      await writeFile(alone, `[supervisor:long]\nurl = ${long.url}\n`);
      const hour = await measure([command, 'events', '--since', '1h', '-c', alone], [long], signal);
      return [
        {
          what: `events --since 24h of ${HOSTS} hosts with 2 MB of log each`,
          unit: 'ms',
          samples: day.took,
          limit: { part: 0.5, most: 3_000 },
        },
        { what: 'a supervisord meanwhile, of a core, in the mean of all', ...shareOf(day.shares) },
        { what: 'events --since 1h of a log of 50 MB', unit: 'ms', samples: hour.took },
        { what: 'its supervisord meanwhile, of a core', ...shareOf(hour.shares) },
      ];
    } finally {
      await Promise.all(hosts.map((host) => host.stop()));
      await rm(dir, { recursive: true, force: true });
    }
  },
};

function shareOf(samples: readonly number[]): Pick<Figure, 'unit' | 'samples' | 'limit'> {
  return { unit: '%', samples, limit: { part: 1, most: 1 } };
}

type Measured = { readonly took: number[]; readonly shares: number[] };

async function measure(args: readonly string[], hosts: readonly Supervisord[], signal: AbortSignal): Promise<Measured> {
  const took: number[] = [];
  const shares: number[] = [];
  const cpuOfAll = async () => {
    const each = await Promise.all(hosts.map((host) => cpuMs(host.pid())));
    return each.reduce((sum, ms) => sum + ms, 0) / hosts.length;
  };
  for (let round = 0; round < RUNS; round += 1) {
    const before = await cpuOfAll();
    const begun = performance.now();
    const child = spawn(process.execPath, args, { stdio: 'ignore', signal });
    const [code]: unknown[] = await once(child, 'exit');
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}`);
    const ms = performance.now() - begun;
    took.push(ms);
    shares.push((((await cpuOfAll()) - before) / ms) * 100);
  }
  return { took, shares };
}

/** A day of a program that is started again and again, in so many bytes; its times are UTC. */
function dayOfLines(bytes: number): string {
  const count = Math.floor(bytes / lineOf('2026-01-01 00:00:00,000', 100_000).length);
  const now = Date.now();
  const lines: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = new Date(now - DAY_MS + (index / count) * (DAY_MS - 60_000)).toISOString();
    lines.push(lineOf(at.slice(0, 23).replace('T', ' ').replace('.', ','), index));
  }
  return lines.join('');
}

function lineOf(time: string, index: number): string {
  return `${time} INFO spawned: 'program_${index % 40}' with pid ${index + 1}\n`;
}
