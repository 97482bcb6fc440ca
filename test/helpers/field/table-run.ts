// What the tables of the field tests have in common: a supervisord of one program, and what commands say of it.
import type { ExecutionContext } from 'ava';
import pLimit from 'p-limit';
import type { Running, RunOptions } from '../../cli/run-main.ts';
import { makeFolder, startChild } from '../../cli/run-main.ts';
import type { Supervisord } from '../supervisord/supervisord.ts';

/** It writes nothing by itself: its log is what a test writes into it. */
export const WEB = '[program:web]\ncommand=sleep 1000\nstartsecs=0\nstdout_logfile=%(here)s/web.log\n';

/** Rows of a table that run at the same time: each of them starts programs, and more would make all of them late. */
export const rowsAtOnce = pLimit(4);

export async function writeConfig(t: ExecutionContext, url: string): Promise<string> {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  return folder.write('multivisor.conf', `[supervisor:s]\nurl = ${url}\n`);
}

/** A command that runs until the test is over. */
export function startWatching(t: ExecutionContext, args: readonly string[], options: RunOptions = {}): Running {
  const running = startChild(args, { ...options, unbounded: true });
  t.teardown(async () => {
    running.child.kill('SIGKILL');
    await running.ended;
  });
  return running;
}

/** Whether a line of `watch --json` tells that a process went down by itself. Who only polls reads another pid of it. */
export function tellsCrash(line: string): boolean {
  return /"type":"changed".*"from":"RUNNING","to":"(EXITED|BACKOFF|RUNNING|STARTING)"/.test(line);
}

/** Kills it with SIGKILL; the pid that supervisord gave it after that. */
export async function killProcess(host: Supervisord, name: string): Promise<number> {
  const { pid } = await host.info(name);
  process.kill(pid, 'SIGKILL');
  for (;;) {
    const { pid: now } = await host.info(name);
    if (now !== pid && now !== 0) return now;
  }
}
