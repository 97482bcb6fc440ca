// What the programs of a project write, and what becomes of them, while it runs in the foreground. Their logs are files of
// this machine, so nothing of it is lost when supervisord ends, and no stream of it is held open.
import { statSync } from 'node:fs';
import * as v from 'valibot';
import { pause } from '../../link/pause.ts';
import { LinkFailure } from '../../link/link-failure.ts';
import type { LogEvent } from '../../supervisord-api/parse-log-line.ts';
import { parseLogLine } from '../../supervisord-api/parse-log-line.ts';
import { isEnding } from '../daemon/find-running.ts';
import type { ControlClient } from '../daemon/supervisord-client.ts';
import type { Merged } from '../supervisord-conf/layers.ts';
import { toNamespec } from '../supervisorctl/texts.ts';
import type { OutputPrinter, OutputStream } from './output-printer.ts';
import type { FileFollower } from './follow-file.ts';
import { createFileFollower } from './follow-file.ts';

export type ShowOptions = {
  readonly client: ControlClient;
  readonly printer: OutputPrinter;
  /** How long each log was before the start, by path. */
  readonly before: ReadonlyMap<string, number>;
  readonly mainLog: string | null;
  /** Aborted once supervisord has ended: what is still in the logs is told, then it settles. */
  readonly ended: AbortSignal;
};

const LOOK_EVERY_MS = 50;

const logsSchema = v.array(
  v.object({ group: v.string(), name: v.string(), stdout_logfile: v.string(), stderr_logfile: v.string() }),
);

type Source = { readonly name: string; readonly stream: OutputStream; readonly follower: FileFollower };

export async function showOutput({ client, printer, before, mainLog, ended }: ShowOptions): Promise<void> {
  const sources = new Map<string, Source>();
  // The log says no group, by which one of several copies is known.
  const shown = new Map<string, string>();
  const main = mainLog === null ? null : createFileFollower(mainLog, before.get(mainLog) ?? 0);
  let outdated = true;
  const tell = (event: LogEvent) => {
    const words = wordsOf(event);
    if (words !== null && 'name' in event) printer.notice(shown.get(event.name) ?? event.name, words);
  };
  type Reading = (follower: FileFollower) => readonly string[];
  const print = (read: Reading, of: string | null) => {
    sources.forEach(({ name, stream, follower }) => {
      if (of === null || name === of) read(follower).forEach((text) => printer.line(name, stream, text));
    });
  };
  // What a program wrote comes between the line of its start and that of its end.
  const show = (events: readonly LogEvent[], read: Reading) => {
    for (const event of events) {
      if (!isStart(event) && 'name' in event) print(read, shown.get(event.name) ?? event.name);
      tell(event);
    }
    print(read, null);
  };
  while (!ended.aborted) {
    const events = toEvents(main?.read() ?? []);
    // An update may have brought it.
    if (outdated || events.some(isStart)) {
      outdated = false;
      for (const source of await findSources(client, before)) {
        shown.set(source.process, source.name);
        if (!sources.has(source.path)) sources.set(source.path, source);
      }
    }
    show(events, (follower) => follower.read());
    await pause(LOOK_EVERY_MS, ended);
  }
  show(toEvents(main?.end() ?? []), (follower) => follower.read());
  print((follower) => follower.end(), null);
}

function toEvents(lines: readonly string[]): readonly LogEvent[] {
  return lines.map(parseLogLine).filter((event) => event !== null);
}

function isStart({ type }: LogEvent): boolean {
  return type === 'spawned';
}

async function findSources(
  client: ControlClient,
  before: ReadonlyMap<string, number>,
): Promise<readonly (Source & { readonly process: string; readonly path: string })[]> {
  const logs = await readLogs(client);
  return logs.flatMap(({ group, name, ...paths }) =>
    (['stdout', 'stderr'] as const).flatMap((stream) => {
      const path = paths[`${stream}_logfile`];
      if (!path.startsWith('/')) return [];
      return [
        {
          path,
          process: name,
          name: toNamespec(group, name),
          stream,
          follower: createFileFollower(path, before.get(path) ?? 0),
        },
      ];
    }),
  );
}

async function readLogs(client: ControlClient): Promise<v.InferOutput<typeof logsSchema>> {
  try {
    return v.parse(logsSchema, await client.ask('supervisor.getAllProcessInfo'));
  } catch (error) {
    // It is about to end, which is told where it is waited for.
    if (error instanceof LinkFailure || isEnding(error) || client.signal.aborted) return [];
    throw error;
  }
}

/** Null for what nobody waits to hear. */
function wordsOf(event: LogEvent): string | null {
  switch (event.type) {
    case 'stopped':
      return 'stopped';
    case 'gave-up':
      return `is given up: ${event.message}`;
    case 'exited': {
      const { ending } = event;
      if (ending === null) return 'exited';
      return ending.kind === 'exit' ? `exited with ${ending.status}` : `was ended by ${ending.signal}`;
    }
    case 'spawned':
      return `started with pid ${event.pid}`;
    case 'running':
    case 'stopping':
    case 'spawn-error':
    case 'daemon':
      return null;
  }
}

export function sizesOf(paths: readonly string[]): ReadonlyMap<string, number> {
  return new Map(paths.map((path) => [path, statSync(path, { throwIfNoEntry: false })?.size ?? 0]));
}

/** Whether a program writes to supervisord's own outputs: then nobody can tell its lines from others. */
export function sharesOutputs(merged: Merged): boolean {
  return Array.from(merged.values()).some((settings) =>
    ['stdout_logfile', 'stderr_logfile'].some((key) =>
      /^\/(?:dev|proc)\//u.test(settings.get(key)?.value.trim() ?? ''),
    ),
  );
}
