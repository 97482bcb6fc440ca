import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FarmRequest } from './farm-messages.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const START_MS = 20_000;

export type Farm = {
  /** A multivisor.conf for all of it. */
  readonly configPath: string;
  readonly socketPaths: readonly string[];
  readonly pid: number;
  /** Lets processes crash and restart, all over the farm, so that there are this many transitions a second. */
  churn(transitionsPerSecond: number): void;
  /** Lets the first process of one supervisord crash now. */
  crash(supervisor: number): void;
  stop(): Promise<void>;
};

/** Fake supervisords for sizes that one machine cannot hold in real ones, in a process of their own. */
export async function startFarm(size: { readonly supervisors: number; readonly processes: number }): Promise<Farm> {
  const dir = await mkdtemp(join(tmpdir(), 'multivisor-farm-'));
  const names = Array.from({ length: size.supervisors }, (_, index) => `host${String(index).padStart(3, '0')}`);
  const socketPaths = names.map((_, index) => join(dir, `${index}.sock`));
  const sections = names.map((name, index) => `[supervisor:${name}]\nurl = unix://${socketPaths[index] ?? ''}\n`);
  const configPath = join(dir, 'multivisor.conf');
  await writeFile(configPath, `[global]\nname = Farm\n\n${sections.join('\n')}`);
  const child = fork(MAIN, [dir, String(size.supervisors), String(size.processes)]);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(dir, { recursive: true, force: true });
  };
  const ended = once(child, 'exit').then(() => {
    throw new Error('the farm ended instead of starting');
  });
  try {
    await Promise.race([once(child, 'message', { signal: AbortSignal.timeout(START_MS) }), ended]);
  } catch (error) {
    await stop();
    throw error;
  }
  ended.catch(() => 'it is ended on purpose from here on');
  const say = (request: FarmRequest): void => {
    child.send(request);
  };
  return {
    configPath,
    socketPaths,
    pid: child.pid ?? 0,
    churn: (transitionsPerSecond) => say({ type: 'churn', transitionsPerSecond }),
    crash: (supervisor) => say({ type: 'crash', supervisor }),
    stop,
  };
}
