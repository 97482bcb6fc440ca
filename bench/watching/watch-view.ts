import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as v from 'valibot';

const processSchema = v.object({ uid: v.string(), state: v.string(), pid: v.nullable(v.number()) });
const lineSchema = v.variant('type', [
  v.object({ type: v.literal('snapshot'), snapshot: v.object({ processes: v.array(processSchema) }) }),
  v.object({ type: v.picklist(['added', 'changed']), to: v.optional(v.string()), process: processSchema }),
]);

export type Row = v.InferOutput<typeof processSchema>;

export type WatchView = {
  readonly pid: number;
  /** What `multivisor watch` has told so far, by uid. */
  readonly rows: ReadonlyMap<string, Row>;
  /** Changes of state so far. */
  changes(): number;
  /** Resolves when `fits` holds after one of its lines, or now. */
  until(fits: (rows: ReadonlyMap<string, Row>) => boolean, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
};

/** Follows `multivisor watch --json` as a program would. */
export function openWatchView(command: string, configPath: string): WatchView {
  const child = spawn(process.execPath, [command, 'watch', '--json', '-c', configPath], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const rows = new Map<string, Row>();
  let changes = 0;
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const parsed = v.safeParse(lineSchema, JSON.parse(line));
    // Supervisors and heartbeats are of no interest here.
    if (!parsed.success) return;
    const told = parsed.output;
    if (told.type === 'changed' && told.to !== undefined) changes += 1;
    for (const row of told.type === 'snapshot' ? told.snapshot.processes : [told.process]) rows.set(row.uid, row);
    for (const listener of listeners) listener();
  });
  return {
    pid: child.pid ?? 0,
    rows,
    changes: () => changes,
    until: (fits, signal) =>
      new Promise((settle, reject) => {
        const end = (finish: () => void): void => {
          listeners.delete(check);
          signal.removeEventListener('abort', abort);
          finish();
        };
        const check = (): void => {
          if (fits(rows)) end(settle);
        };
        const abort = (): void => end(() => reject(signal.reason));
        listeners.add(check);
        signal.addEventListener('abort', abort);
        check();
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    },
  };
}
