// A project as a supervisor among others: its rows are there before its supervisord is.
import { basename } from 'node:path';
import type { SupervisorConfig } from '../../../core/config/types.ts';
import type { ProcessReading } from '../../../core/model.ts';
import { raise } from '../../../core/own-faults.ts';
import type { SupervisorLink } from '../../../core/ports.ts';
import { createLink } from '../../create-link.ts';
import { withDeadline } from '../../link/deadline.ts';
import { pause } from '../../link/pause.ts';
import { endLeftBehind } from '../run-directory/orphans.ts';
import type { ControlEndpoint } from '../supervisord-conf/control-channel.ts';
import type { Merged } from '../supervisord-conf/layers.ts';
import { groupsOf, processesOf, programSections } from '../run-directory/watch-plan.ts';

/** `name`: as it is called among the others; the directory's own name when left out. */
export function toSupervisorConfig(
  endpoint: ControlEndpoint,
  { dir, runDir, name = basename(dir) }: { readonly dir: string; readonly runDir: string; readonly name?: string },
): SupervisorConfig {
  return {
    name: name.replaceAll(/[:\s]+/gu, '-'),
    url: endpoint.serverurl,
    address: endpoint.address,
    credentials: endpoint.credentials,
    readOnly: false,
    protected: false,
    tags: [],
    origin: { file: dir, line: 0 },
    runDir,
  };
}

/** What the rows show until supervisord answers: every process of the configuration, not yet started. */
export function seedReadings(merged: Merged): readonly ProcessReading[] {
  const groups = groupsOf(merged);
  return programSections(merged).flatMap(({ name, settings }) =>
    processesOf(name, settings, groups.get(name) ?? name).map((full) => ({
      group: full.slice(0, full.indexOf(':')),
      name: full.slice(full.indexOf(':') + 1),
      state: 'STOPPED',
      pid: null,
      startedAt: null,
      stoppedAt: null,
      exitStatus: null,
      spawnError: '',
      description: 'Not started',
      stdoutLog: '',
      stderrLog: '',
    })),
  );
}

export type ProjectLinkOptions = {
  readonly seeds: readonly ProcessReading[];
  /** Its pid, as soon as it answers. When it cannot be started, the reason stands where its state would. */
  readonly ready: Promise<{ readonly pid: number }>;
  readonly runDir: string;
};

/** How long a program that was told to stop may take before what it leaves is left to the next start. */
const STOPPING_MS = 30_000;
const POLL_EVERY_MS = 250;

export function createProjectLink(
  supervisor: SupervisorConfig,
  { seeds, ready, runDir }: ProjectLinkOptions,
): SupervisorLink {
  const link = createLink(supervisor);
  const over = new AbortController();
  const clear = async (signal: AbortSignal) => {
    const { pid } = await ready;
    await endLeftBehind(runDir, { supervisord: pid, signal });
  };
  const clearAfterStop = async () => {
    const signal = withDeadline(over.signal, STOPPING_MS);
    while (!signal.aborted) {
      await pause(POLL_EVERY_MS, signal);
      await clear(signal);
    }
  };
  return {
    ...link,
    call: async (call, options) => {
      // What a program left behind may hold the port of its successor.
      if (call.op === 'start') await clear(options.signal);
      const result = await link.call(call, options);
      // Stopping is not waited for.
      if (result.ok && (call.op === 'stop' || call.op === 'stop-group')) clearAfterStop().catch(raise);
      return result;
    },
    run: async (observe, options) => {
      const { signal } = options;
      signal.addEventListener('abort', () => over.abort(), { once: true });
      observe({ type: 'some', readings: seeds, gone: [] });
      const failure = await Promise.race([reasonOf(ready), aborted(signal)]);
      if (failure === null) return link.run(observe, options);
      observe({ type: 'down', error: { code: 'refused', message: failure } });
      await aborted(signal);
    },
  };
}

async function reasonOf(ready: Promise<unknown>): Promise<string | null> {
  try {
    await ready;
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('ended');
    signal.addEventListener('abort', () => resolve('ended'), { once: true });
  });
}
