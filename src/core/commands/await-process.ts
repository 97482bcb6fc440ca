import { parseUid, toRpcName } from '../ids.ts';
import type { Process } from '../model.ts';
import type { WaitOptions } from '../ports.ts';
import { findProcess } from '../engine/reduce.ts';
import type { CommandWorld } from './world.ts';

/** Reports wake us at once; rereading by ourselves is only for when they do not come. */
const FIRST_REREAD_MS = 150;
const REREAD_GROWTH = 1.5;
const MOST_REREAD_MS = 1_000;
/** A supervisor that reloads or restarts is away for a moment; longer than this, the wait is over. */
const ABSENCE_MS = 15_000;

export type Awaited =
  | { readonly end: 'reached' | 'timeout' | 'aborted'; readonly process: Process }
  | { readonly end: 'gone' }
  | { readonly end: 'unreachable'; readonly message: string };

export type AwaitWorld = Pick<CommandWorld, 'clock' | 'snapshot' | 'subscribe' | 'reread'>;

export type AwaitOptions = WaitOptions & {
  readonly until: (process: Process) => boolean;
  readonly timeoutMs: number;
  /** Asked once when that time is over: how much longer, in milliseconds. Never rejects. */
  readonly prolong?: () => Promise<number>;
};

/** Settles when a reading of the process satisfies `until`, or says why it will not. */
export function awaitProcess(world: AwaitWorld, uid: string, options: AwaitOptions): Promise<Awaited> {
  const { clock } = world;
  const { signal, until } = options;
  const supervisorName = parseUid(uid)?.supervisor ?? '';
  let lastSeen = findProcess(world.snapshot(), uid);
  let absentSince: number | null = null;

  const judge = (): Awaited | null => {
    const supervisor = world.snapshot().supervisors.get(supervisorName);
    if (supervisor && supervisor.link !== 'up') {
      absentSince ??= clock.monotonic();
      if (clock.monotonic() - absentSince < ABSENCE_MS) return null;
      return { end: 'unreachable', message: supervisor.error?.message ?? 'it does not answer' };
    }
    absentSince = null;
    const process = supervisor?.processes.get(uid);
    if (!process) return { end: 'gone' };
    lastSeen = process;
    return until(process) ? { end: 'reached', process } : null;
  };
  const giveUp = (end: 'timeout' | 'aborted'): Awaited => (lastSeen ? { end, process: lastSeen } : { end: 'gone' });

  return new Promise((resolve) => {
    const cleanups: (() => void)[] = [];
    let cancelLook: (() => void) | null = null;
    let isOver = false;
    const settle = (result: Awaited | null): void => {
      if (!result || isOver) return;
      isOver = true;
      cleanups.forEach((cleanup) => cleanup());
      cancelLook?.();
      resolve(result);
    };
    const rereadLater = (ms: number) => {
      cancelLook = clock.after(ms, () => {
        world.reread(supervisorName, [toRpcName(uid)]);
        rereadLater(Math.min(ms * REREAD_GROWTH, MOST_REREAD_MS));
        settle(judge());
      });
    };
    const onAbort = () => settle(giveUp('aborted'));

    const already = signal.aborted ? giveUp('aborted') : judge();
    if (already) return settle(already);
    signal.addEventListener('abort', onAbort);
    cleanups.push(
      () => signal.removeEventListener('abort', onAbort),
      world.subscribe((event) => {
        if (event.type === 'delta' || event.type === 'transitions') settle(judge());
      }),
      () => cancelTimeout(),
    );
    const expire = () => settle(giveUp('timeout'));
    const goOn = (ms: number) => {
      if (!isOver) cancelTimeout = clock.after(ms, expire);
    };
    let cancelTimeout = clock.after(options.timeoutMs, () => {
      // Whatever keeps it from being told how long to wait: it is not waited longer.
      if (options.prolong) options.prolong().then(goOn).catch(expire);
      else expire();
    });
    rereadLater(FIRST_REREAD_MS);
  });
}
