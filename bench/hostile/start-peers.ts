import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import type { PeersReport } from './peer-messages.ts';
import { peersReport } from './peer-messages.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const START_MS = 30_000;

export type HostilePeers = { readonly ports: PeersReport; stop(): Promise<void> };

/** In a process of their own: what they do costs them, too. */
export async function startHostilePeers(): Promise<HostilePeers> {
  const child = fork(MAIN);
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  try {
    const [message]: unknown[] = await once(child, 'message', { signal: AbortSignal.timeout(START_MS) });
    return { ports: v.parse(peersReport, message), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
