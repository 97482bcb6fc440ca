import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startSupervisord } from '../../test/helpers/supervisord/supervisord.ts';
import type { BenchOptions, Figure } from '../bench.ts';
import { openScreen } from './screen.ts';
import { cpuShare, memory } from '../process-cost.ts';

const PROGRAMS = 5;
const LINES_PER_SECOND = 10_000;
const WARM_MS = 5_000;
const LOG_MS = 20_000;
const REPEAT_MS = 100;

/** Writes its share ten times a second, by the clock: what it was late with comes with the next. */
const FLOOD = `
import sys, time
began, done = time.monotonic(), 0
while True:
    due = int((time.monotonic() - began) * ${LINES_PER_SECOND / PROGRAMS})
    sys.stdout.write("".join(f"{i} GET /things/{i % 97} 200 in {i % 13} ms\\n" for i in range(done, due)))
    sys.stdout.flush()
    done = due
    time.sleep(0.1)
`;

/** Five processes of a real supervisord that write as fast as nobody can read, merged on one screen. */
export async function measureLogs(
  { command, signal, supervisord }: BenchOptions,
  dir: string,
): Promise<readonly Figure[]> {
  const flood = join(dir, 'flood.py');
  await writeFile(flood, FLOOD);
  const programs = `[program:flood]\nprocess_name=flood_%(process_num)d\nnumprocs=${PROGRAMS}\ncommand=python3 ${flood}\n`;
  const host = await startSupervisord({ executable: supervisord, programs });
  try {
    const config = join(dir, 'multivisor.conf');
    await writeFile(config, `[supervisor:host]\nurl = ${host.url}\n`);
    const screen = await openScreen({
      command: [process.execPath, command, 'tui', '-c', config],
      columns: 200,
      rows: 50,
      env: { XDG_STATE_HOME: dir },
    });
    const status = (): string => screen.rows().get(3) ?? '';
    try {
      await screen.until((rows) => (rows.get(1) ?? '').includes(`${PROGRAMS} running`));
      screen.press('*l');
      await screen.until(() => /dropped/u.test(status()));
      await delay(WARM_MS, undefined, { signal });
      const before = await memory(screen.pid);
      const dropped = numberBefore('dropped', status());
      const began = screen.age();
      const measuring = cpuShare(screen.pid, LOG_MS, signal);
      const keys: number[] = [];
      while (screen.age() - began < LOG_MS) {
        await delay(REPEAT_MS, undefined, { signal });
        const wanted = status().includes('following') ? 'standing still' : 'following';
        const pressed = screen.age();
        screen.press('f');
        keys.push((await screen.until(() => status().includes(wanted))) - pressed);
      }
      const seconds = (screen.age() - began) / 1000;
      const fell = numberBefore('dropped', status()) - dropped;
      return [
        { what: `logs of ${PROGRAMS} at ${LINES_PER_SECOND} lines/s: key to painted`, unit: 'ms', samples: keys },
        { what: '  lines that came', unit: '/s', samples: [fell / seconds] },
        { what: '  lines told as dropped', unit: '', samples: [numberBefore('dropped', status())] },
        { what: '  CPU', unit: '% of a core', samples: [await measuring] },
        { what: '  memory', unit: 'MiB', samples: [await memory(screen.pid)] },
        { what: `  growth of it in ${LOG_MS / 1000} s`, unit: 'MiB', samples: [(await memory(screen.pid)) - before] },
        { what: '  times that the whole screen was cleared', unit: '', samples: [screen.clears()] },
      ];
    } finally {
      await screen.stop();
    }
  } finally {
    await host.stop();
  }
}

function numberBefore(word: string, text: string): number {
  return Number(new RegExp(`(\\d+) ${word}`, 'u').exec(text)?.[1] ?? 0);
}
