import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../scripts/run.ts';
import { startSupervisord } from '../test/helpers/supervisord/supervisord.ts';
import type { Bench } from './bench.ts';
import { timeCommand } from './time-command.ts';

const SAMPLES = 20;
const LIMIT_MS = 30_000;
/** After which names are fetched again, elsewhere. */
const REFRESHED_MS = 7_000;

/** What a tab takes, with one supervisor that answers and one that never does. */
export const completion: Bench = {
  name: 'completion',
  summary: 'an answer to a tab, with a host that accepts connections and says nothing',
  run: async ({ command, supervisord, signal }) => {
    const real = await startSupervisord({ programs: '[program:web]\ncommand=sleep 1000\n', executable: supervisord });
    const hole = createServer(() => {}).listen(0, '127.0.0.1');
    await once(hole, 'listening');
    const cache = await mkdtemp(join(tmpdir(), 'mv-completion-'));
    try {
      const address = hole.address();
      const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
      const config = join(real.dir, 'multivisor.conf');
      await writeFile(config, `[supervisor:s]\nurl = ${real.url}\n[supervisor:hole]\nurl = http://127.0.0.1:${port}\n`);
      const words = [command, 'completion', 'words', '--', 'stop', '-c', config, 'we'];
      const env = { ...process.env, XDG_CACHE_HOME: cache };
      const ask = async (known: boolean): Promise<number> => {
        const began = performance.now();
        const { ok, output } = await run(process.execPath, words, { env, signal, timeoutMs: LIMIT_MS });
        if (!ok || (known && !output.startsWith('web\n'))) throw new Error(`no names: ${output}`);
        return performance.now() - began;
      };
      const first = [await ask(false)];
      await delay(REFRESHED_MS, undefined, { signal });
      const later: number[] = [];
      const bare: number[] = [];
      for (let count = 0; count < SAMPLES; count += 1) {
        bare.push(await timeCommand(process.execPath, [command, '--version']));
        later.push(await ask(true));
      }
      const ratios = later.map((value, index) => value / (bare[index] ?? Number.NaN));
      return [
        { what: 'the first tab ever', unit: 'ms', samples: first },
        {
          what: 'a tab',
          unit: 'ms',
          samples: later,
          against: { what: 'multivisor --version', samples: bare, ratios },
        },
      ];
    } finally {
      hole.close();
      await real.stop();
      await rm(cache, { recursive: true, force: true });
    }
  },
};
