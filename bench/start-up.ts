import type { Bench } from './bench.ts';
import { timeCommand } from './time-command.ts';

const RUNS = 20;

/** How long the command takes before it does anything. */
export const startUp: Bench = {
  name: 'start-up',
  summary: 'multivisor --help, beside a Node that does nothing',
  run: async ({ command }) => {
    const samples: number[] = [];
    const bare: number[] = [];
    for (let pair = 0; pair < RUNS; pair += 1) {
      samples.push(await timeCommand(process.execPath, [command, '--help']));
      bare.push(await timeCommand(process.execPath, ['-e', '0']));
    }
    const ratios = samples.map((sample, index) => sample / (bare[index] ?? Number.NaN));
    return [{ what: 'multivisor --help', unit: 'ms', samples, against: { what: 'node -e 0', samples: bare, ratios } }];
  },
};
