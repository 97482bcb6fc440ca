import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startSupervisord, type Supervisord } from '../test/helpers/supervisord/supervisord.ts';
import type { Bench } from './bench.ts';
import { timeCommand } from './time-command.ts';
import { openWatchView, type Row } from './watching/watch-view.ts';

const PROCESSES = 200;
const ROUNDS = 3;
const LIMIT_MS = 30_000;
/** What is wrong after so long is taken to be wrong for good. */
const FOR_GOOD_MS = 3_000;
const PROGRAM = `[program:p]\ncommand=sleep 100000\nprocess_name=%(program_name)s%(process_num)03d\nnumprocs=${PROCESSES}\n`;

/** Restarts everything of one supervisord while somebody watches: how soon are all rows right, and do all become right? */
export const restart: Bench = {
  name: 'restart',
  summary: `a restart of ${PROCESSES} processes, watched`,
  run: async ({ command, supervisord, signal }) => {
    const real = await startSupervisord({ programs: PROGRAM, executable: supervisord });
    const configPath = join(real.dir, 'multivisor.conf');
    await writeFile(configPath, `[supervisor:s]\nurl = ${real.url}\n`);
    const view = openWatchView(command, configPath);
    try {
      const limit = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
      await view.until((rows) => rows.size === PROCESSES && all(rows, ({ state }) => state === 'RUNNING'), limit());
      const ours: number[] = [];
      const theirs: number[] = [];
      const wrongAtOnce: number[] = [];
      const convergence: number[] = [];
      const wrongForGood: number[] = [];
      const observe = async (): Promise<void> => {
        const truth = await readTruth(real);
        const began = performance.now();
        wrongAtOnce.push(countWrong(view.rows, truth));
        await view.until((rows) => countWrong(rows, truth) === 0, limit());
        convergence.push(performance.now() - began);
        await delay(FOR_GOOD_MS, undefined, { signal });
        wrongForGood.push(countWrong(view.rows, await readTruth(real)));
      };
      for (let round = 0; round < ROUNDS; round += 1) {
        const supervisorctl = join(dirname(supervisord), 'supervisorctl');
        theirs.push(await timeCommand(supervisorctl, ['-s', real.url, 'restart', 'all']));
        await observe();
        ours.push(await timeCommand(process.execPath, [command, 'restart', '*', '--wait', '-y', '-c', configPath]));
        await observe();
      }
      const ratios = ours.map((value, index) => value / (theirs[index] ?? Number.NaN));
      const against = { what: 'supervisorctl restart all', samples: theirs, ratios };
      return [
        { what: "multivisor restart '*' --wait", unit: 'ms', samples: ours, against },
        { what: 'rows of multivisor watch that are wrong when it is over', unit: 'rows', samples: wrongAtOnce },
        { what: 'until every row is right', unit: 'ms', samples: convergence },
        { what: 'rows that are wrong for good', unit: 'rows', samples: wrongForGood },
      ];
    } finally {
      await view.stop();
      await real.stop();
    }
  },
};

type Truth = ReadonlyMap<string, Omit<Row, 'uid'>>;

async function readTruth(real: Supervisord): Promise<Truth> {
  const processes = await real.readAll();
  return new Map(processes.map(({ group, name, statename, pid }) => [`s:${group}:${name}`, { state: statename, pid }]));
}

function countWrong(rows: ReadonlyMap<string, Row>, truth: Truth): number {
  return Array.from(truth).filter(([uid, { state, pid }]) => {
    const row = rows.get(uid);
    return row?.state !== state || (row.pid ?? 0) !== pid;
  }).length;
}

function all(rows: ReadonlyMap<string, Row>, fits: (row: Row) => boolean): boolean {
  return Array.from(rows.values()).every(fits);
}
