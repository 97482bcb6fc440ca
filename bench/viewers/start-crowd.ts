import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { collect } from '../../test/helpers/deadline.ts';
import type { CrowdReport, CrowdRequest, Sight } from './crowd-messages.ts';
import { crowdReport } from './crowd-messages.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const LIMIT_MS = 60_000;

export type Crowd = {
  /** To be awaited before the change; `seen` resolves with the times at which each reader had it. */
  expect(sight: Sight): Promise<{ readonly seen: () => Promise<readonly number[]> }>;
  /** From now on the others do not read. */
  stall(): Promise<void>;
  /** Lets the others read; resolves with the codes that they were closed with. */
  wake(): Promise<{ readonly codes: readonly number[]; readonly lost: number }>;
  stop(): Promise<void>;
};

export type CrowdSize = { readonly viewers: number; readonly stalled: number };

/** Viewers of a server, in a process of their own; resolves when each has its snapshot. */
export async function startCrowd(url: string, { viewers, stalled }: CrowdSize): Promise<Crowd> {
  const child = fork(MAIN, [url, String(viewers), String(stalled)]);
  const reports = collect<CrowdReport>();
  child.on('message', (message) => reports.push(v.parse(crowdReport, message)));
  const ask = async (request: CrowdRequest): Promise<void> => {
    const from = reports.items.length;
    child.send(request);
    await reports.until((report) => report.type === 'done' || undefined, { what: request.type, ms: LIMIT_MS, from });
  };
  await reports.until((report) => report.type === 'ready' || undefined, { what: 'all viewers are in', ms: LIMIT_MS });
  return {
    expect: async (sight) => {
      const from = reports.items.length;
      await ask({ type: 'expect', sight });
      const what = `all viewers see ${sight.uid} ${sight.value}`;
      return {
        seen: () =>
          reports.until((report) => (report.type === 'seen' ? report.at : undefined), { what, ms: LIMIT_MS, from }),
      };
    },
    stall: () => ask({ type: 'stall' }),
    wake: async () => {
      await ask({ type: 'resume' });
      return reports.until((report) => (report.type === 'dropped' ? report : undefined), {
        what: 'those that did not read are closed',
        ms: LIMIT_MS,
      });
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
