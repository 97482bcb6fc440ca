// `multivisor serve` as a process of its own, on a port that it gets again when it is started again.
import type { ExecutionContext } from 'ava';
import type { Running } from '../../cli/run-main.ts';
import { startChild } from '../../cli/run-main.ts';
import { freePort, portOpens } from '../free-port.ts';

export type RestartableServe = {
  readonly port: number;
  /** Resolves when it listens. */
  readonly start: () => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly signal: (name: NodeJS.Signals) => void;
};

/** Started already; ended with the test. `config`: path of its configuration. */
export async function startServe(t: ExecutionContext, config: string): Promise<RestartableServe> {
  const port = await freePort();
  let running: Running | null = null;
  const kill = async () => {
    running?.child.kill('SIGKILL');
    await running?.ended;
    running = null;
  };
  t.teardown(kill);
  const start = async () => {
    running = startChild(['serve', '-c', config, '--bind', `127.0.0.1:${port}`], { unbounded: true });
    await portOpens(port);
  };
  await start();
  return { port, start, kill, signal: (name) => void running?.child.kill(name) };
}
