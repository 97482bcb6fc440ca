import { dirname, join } from 'node:path';
import { startExample } from '../scripts/demonstration/start-example.ts';
import type { Bench } from './bench.ts';
import { timeCommand } from './time-command.ts';

const RUNS = 30;

/** Our `status` of one supervisor beside supervisorctl's, in turn, so that both meet the same machine. */
export const status: Bench = {
  name: 'status',
  summary: 'multivisor status, beside supervisorctl status, of the same supervisord',
  run: async ({ command, supervisord, signal }) => {
    const example = await startExample(supervisord, signal);
    try {
      const supervisorctl = join(dirname(supervisord), 'supervisorctl');
      const theirs = ['-c', join(dirname(example.configPath), 'supervisord_lid002.conf'), 'status'];
      const ours = [command, 'status', 'sup=lid002', '-c', example.configPath];
      const all = [command, 'status', '-c', example.configPath];
      const samples: number[] = [];
      const against: number[] = [];
      const three: number[] = [];
      const bare: number[] = [];
      for (let pair = 0; pair < RUNS; pair += 1) {
        // 3: some process does not run, which is as it should be here.
        samples.push(await timeCommand(process.execPath, ours, [0, 3]));
        against.push(await timeCommand(supervisorctl, theirs, [0, 3]));
        three.push(await timeCommand(process.execPath, all, [0, 3]));
        bare.push(await timeCommand(process.execPath, ['-e', '0']));
      }
      const ratiosTo = (values: readonly number[]): number[] =>
        values.map((value, index) => value / (against[index] ?? Number.NaN));
      const beside = { what: 'supervisorctl status (one supervisor)', samples: against };
      return [
        {
          what: 'multivisor status, one supervisor',
          unit: 'ms',
          samples,
          against: { ...beside, ratios: ratiosTo(samples) },
        },
        {
          what: 'multivisor status, three supervisors',
          unit: 'ms',
          samples: three,
          against: { ...beside, ratios: ratiosTo(three) },
        },
        {
          what: 'a Node that does nothing',
          unit: 'ms',
          samples: bare,
          against: { ...beside, ratios: ratiosTo(bare) },
        },
      ];
    } finally {
      await example.stop();
    }
  },
};
