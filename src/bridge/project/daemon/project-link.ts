// A project as a supervisor among others: its rows are there before its supervisord is.
import { basename } from 'node:path';
import type { SupervisorConfig } from '../../../core/config/types.ts';
import type { ProcessReading } from '../../../core/model.ts';
import type { SupervisorLink } from '../../../core/ports.ts';
import { createLink } from '../../create-link.ts';
import type { Endpoint } from '../supervisord-conf/control-channel.ts';
import type { Merged } from '../supervisord-conf/layers.ts';
import { groupsOf, processesOf, programSections } from '../run-directory/watch-plan.ts';

/** `name`: as it is called among the others; the directory's own name when left out. */
export function toSupervisorConfig(
  endpoint: Endpoint,
  { dir, name = basename(dir) }: { readonly dir: string; readonly name?: string },
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

/** `ready`: supervisord answers. When it cannot be started, the reason stands where its state would. */
export function createProjectLink(
  supervisor: SupervisorConfig,
  { seeds, ready }: { readonly seeds: readonly ProcessReading[]; readonly ready: Promise<unknown> },
): SupervisorLink {
  const link = createLink(supervisor);
  return {
    ...link,
    run: async (observe, options) => {
      const { signal } = options;
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
