import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import { startFarm } from './farm/start-farm.ts';
import { cpuShare, memory } from './process-cost.ts';
import { openWatchView } from './watching/watch-view.ts';

const SUPERVISORS = 100;
const PROCESSES = 100;
const CHURN_PER_SECOND = 100;
const SETTLE_MS = 5_000;
const SAMPLE_MS = 10_000;
const LIMIT_MS = 60_000;

/** What it costs to watch many supervisors: time to the whole picture, memory, and CPU at rest and in a storm. */
export const many: Bench = {
  name: 'many',
  summary: `multivisor watch over ${SUPERVISORS} supervisors of ${PROCESSES} processes (a farm of fakes)`,
  run: async ({ command, signal }) => {
    const farm = await startFarm({ supervisors: SUPERVISORS, processes: PROCESSES });
    const began = performance.now();
    const view = openWatchView(command, farm.configPath);
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
      await view.until((rows) => rows.size === SUPERVISORS * PROCESSES, limit);
      const whole = performance.now() - began;
      await delay(SETTLE_MS, undefined, { signal });
      const idle = await cpuShare(view.pid, SAMPLE_MS, signal);
      farm.churn(CHURN_PER_SECOND);
      await delay(SETTLE_MS, undefined, { signal });
      const before = view.changes();
      const busy = await cpuShare(view.pid, SAMPLE_MS, signal);
      const seen = ((view.changes() - before) * 1000) / SAMPLE_MS;
      return [
        { what: 'from start to all rows', unit: 'ms', samples: [whole] },
        { what: 'CPU at rest', unit: '% of a core', samples: [idle] },
        { what: `CPU at ${CHURN_PER_SECOND} transitions/s`, unit: '% of a core', samples: [busy] },
        { what: 'changes of state told', unit: '/s', samples: [seen] },
        { what: 'memory', unit: 'MiB', samples: [await memory(view.pid)] },
      ];
    } finally {
      await view.stop();
      await farm.stop();
    }
  },
};
