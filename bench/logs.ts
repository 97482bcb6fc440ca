import { spawn } from 'node:child_process';
import { flood } from '../test/helpers/supervisord/flood.ts';
import type { Bench } from './bench.ts';

const MEGABYTES = 100;
const LIMIT_MS = 300_000;

export const logs: Bench = {
  name: 'logs',
  summary: `multivisor logs -f while a program writes ${MEGABYTES} MB`,
  run: async ({ command, supervisord }) => {
    const { jumps, seconds, rssBefore, rssPeak } = await flood({
      megabytes: MEGABYTES,
      ms: LIMIT_MS,
      executable: supervisord,
      follow: (args) => spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }),
    });
    return [
      { what: 'memory when it begins', unit: 'MB', samples: [rssBefore] },
      { what: 'how much it grows at most', unit: 'MB', samples: [rssPeak - rssBefore] },
      { what: 'lines lost or doubled', unit: 'lines', samples: [jumps] },
      { what: 'how long it takes', unit: 's', samples: [seconds] },
    ];
  },
};
