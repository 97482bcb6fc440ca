import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createSupervisordLink } from '../../src/bridge/supervisord/supervisord-link.ts';
import { eventually } from '../../test/helpers/deadline.ts';
import type { Supervisord } from '../../test/helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../test/helpers/supervisord/supervisord.ts';
import type { Bench, Figure } from '../bench.ts';

const PROCESSES = 300;
const WINDOW_MS = 60_000;
/** Of utime and stime in /proc: 100 a second on every Linux. */
const TICK_MS = 10;

/** What watching costs the host. */
export const watching: Bench = {
  name: 'watching',
  summary: `CPU of a supervisord with ${PROCESSES} processes over a minute, its own idling included`,
  run: async ({ supervisord, signal }) => {
    const programs = `[program:fill]\nprocess_name=%(program_name)s_%(process_num)03d\nnumprocs=${PROCESSES}\ncommand=sleep 100000\nstopsignal=KILL\n`;
    const host = await startSupervisord({ listen: 'tcp', programs, executable: supervisord });
    try {
      await eventually(
        async () => (await host.readAll()).every(({ statename }) => statename === 'RUNNING'),
        (all) => all,
        { what: 'all run', ms: 60_000, everyMs: 1_000 },
      );
      const idle = await cpuShare(host, signal);
      const unattended = await watched(host, { attended: false, signal });
      const attended = await watched(host, { attended: true, signal });
      return [figure('nobody watches', unattended, idle), figure('somebody watches', attended, idle)];
    } finally {
      await host.stop();
    }
  },
};

function figure(what: string, share: number, idle: number): Figure {
  return { what, unit: '%', samples: [share], against: { what: 'idle', samples: [idle], ratios: [share / idle] } };
}

async function watched(
  host: Supervisord,
  { attended, signal }: { readonly attended: boolean; readonly signal: AbortSignal },
): Promise<number> {
  const over = new AbortController();
  const link = createSupervisordLink(host.config());
  link.attend(attended);
  const run = link.run(() => {}, { signal: AbortSignal.any([signal, over.signal]) });
  try {
    // The first contact reads everything twice; that is no part of watching.
    await delay(3_000, undefined, { signal });
    return await cpuShare(host, signal);
  } finally {
    over.abort();
    await run;
  }
}

/** Of one core, percent. */
async function cpuShare(host: Supervisord, signal: AbortSignal): Promise<number> {
  const begun = performance.now();
  const before = await cpuMs(host.pid());
  await delay(WINDOW_MS, undefined, { signal });
  return ((await cpuMs(host.pid())) - before) / ((performance.now() - begun) / 100);
}

async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
