import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startSupervisord, type Supervisord } from '../test/helpers/supervisord/supervisord.ts';
import type { Bench } from './bench.ts';

const SAMPLES = 20;
/** For the command to start and to connect, which is not what is measured. */
const CONNECT_MS = 1_500;
const LIMIT_MS = 30_000;
const PROGRAM = '[program:p]\ncommand=sleep 100000\nautostart=false\nstartsecs=1\n';

/** From the line in supervisord's own log to the end of the command that waited for it. */
export const wait: Bench = {
  name: 'wait',
  summary: 'multivisor wait --for running, from the transition in the log of supervisord to its exit',
  run: async ({ command, supervisord, signal }) => {
    const real = await startSupervisord({ programs: PROGRAM, executable: supervisord });
    try {
      const configPath = join(real.dir, 'multivisor.conf');
      await writeFile(configPath, `[supervisor:s]\nurl = ${real.url}\n`);
      const samples: number[] = [];
      for (let count = 0; count < SAMPLES; count += 1) {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
        const child = spawn(process.execPath, [command, 'wait', 'p', '--for', 'running', '-c', configPath], {
          stdio: 'ignore',
          signal: limit,
        });
        const exited = once(child, 'exit');
        await delay(CONNECT_MS, undefined, { signal: limit });
        await real.rpc('supervisor.startProcess', 'p', false);
        const [code]: unknown[] = await exited;
        const ended = Date.now();
        if (code !== 0) throw new Error(`multivisor wait ended with ${String(code)}`);
        samples.push(ended - (await lastSuccess(real)));
        await real.rpc('supervisor.stopProcess', 'p');
      }
      return [{ what: 'from RUNNING to the end of the command', unit: 'ms', samples }];
    } finally {
      await real.stop();
    }
  },
};

/** When the log last told that a program runs; its times are local, to the millisecond. */
async function lastSuccess(real: Supervisord): Promise<number> {
  const line = (await real.readLog()).split('\n').findLast((each) => each.includes('entered RUNNING state'));
  const [, day, time, ms] = /^(\S+) ([\d:]+),(\d{3}) /.exec(line ?? '') ?? [];
  return new Date(`${day}T${time}.${ms}`).getTime();
}
