// A program that writes a lot, followed by the command `logs -f`: did all of it come, and what memory did that take?
import type { ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collect } from '../deadline.ts';
import type { SupervisordOptions } from './supervisord.ts';
import { startSupervisord } from './supervisord.ts';

export type FloodOptions = Pick<SupervisordOptions, 'executable'> & {
  readonly megabytes: number;
  readonly ms: number;
  /** Starts the command with these arguments, its stdout a pipe. */
  readonly follow: (args: readonly string[]) => ChildProcess;
};

export type Flood = {
  readonly lines: number;
  /** Lines that are not the next of the one before. */
  readonly jumps: number;
  readonly seconds: number;
  /** Of the follower when the flood began, and the most there was from then on. MB. */
  readonly rssBefore: number;
  readonly rssPeak: number;
};

const LINE_BYTES = 100;
/** About 9 MB/s: far more at once, and supervisord itself cannot send it any more (it copies all that is left per KiB). */
const PROGRAM = `
import os, select, sys, time
while not select.select([0], [], [], 0.1)[0]: print('ready', flush=True)
lines = int(sys.stdin.readline())
for number in range(0, lines, 100):
    if number % 1000 == 0: time.sleep(0.02)
    os.write(1, b''.join(b'%08d ' % n + b'x' * 90 + b'\\n' for n in range(number, number + 100)))
`;

export async function flood({ megabytes, ms, follow, executable }: FloodOptions): Promise<Flood> {
  const host = await startSupervisord({
    ...(executable === undefined ? {} : { executable }),
    programs:
      '[program:flood]\ncommand=python3 %(here)s/flood.py\nautostart=false\nredirect_stderr=true\n' +
      'stdout_logfile=%(here)s/flood.log\nstdout_logfile_maxbytes=0\n',
  });
  const config = join(host.dir, 'multivisor.conf');
  await writeFile(join(host.dir, 'flood.py'), PROGRAM);
  await writeFile(config, `[supervisor:s]\nurl = ${host.url}\n`);
  await host.rpc('supervisor.startProcess', 'flood');
  const child = follow(['logs', 'flood', '-f', '-n', '0', '-c', config]);
  try {
    const wanted = (megabytes * 1_000_000) / LINE_BYTES;
    const counter = createCounter(wanted);
    child.stdout?.on('data', counter.take);
    await counter.until('ready', ms);
    const rssBefore = await memoryOf(child, 'VmRSS');
    const began = performance.now();
    await host.rpc('supervisor.sendProcessStdin', 'flood', `${wanted}\n`);
    await counter.until('done', ms);
    const seconds = (performance.now() - began) / 1_000;
    return { ...counter.counted(), seconds, rssBefore, rssPeak: await memoryOf(child, 'VmHWM') };
  } finally {
    child.kill('SIGKILL');
    await host.stop();
  }
}

function createCounter(wanted: number) {
  const marks = collect<'ready' | 'done'>();
  let rest = '';
  let lines = 0;
  let jumps = 0;
  let last = -1;
  const takeLine = (line: string) => {
    if (line === 'ready') return marks.push('ready');
    const number = line.length === LINE_BYTES - 1 ? Number(line.slice(0, 8)) : Number.NaN;
    if (number !== last + 1) jumps += 1;
    last = number;
    lines += 1;
    if (number === wanted - 1) marks.push('done');
  };
  return {
    /** Waits until it is so. */
    until: (mark: 'ready' | 'done', ms: number) =>
      marks.until((each) => (each === mark ? each : undefined), { what: `the flood is ${mark}`, ms }),
    counted: () => ({ lines, jumps }),
    take: (chunk: Buffer) => {
      const parts = (rest + chunk.toString('latin1')).split('\n');
      rest = parts.pop() ?? '';
      parts.forEach(takeLine);
    },
  };
}

async function memoryOf({ pid }: ChildProcess, field: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024;
}
