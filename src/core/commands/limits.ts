// How long a start or a stop may take before it counts as hanging: as long as the program's own settings allow. They
// cost supervisord a good deal, so nobody asks for them before a wait has outlasted what nearly all programs need.
import { parseUid, toRpcName } from '../ids.ts';
import type { ProgramSettings, WaitOptions } from '../ports.ts';
import type { CommandWorld } from './world.ts';

export type Phase = 'start' | 'stop';

export type Limits = {
  /** Milliseconds, always more than `PATIENCE_MS`. Never rejects: what cannot be known has a limit too. */
  of(uid: string, phase: Phase, options: WaitOptions): Promise<number>;
};

/** supervisord's defaults are 10 s for a stop and 1 s for a start, which may be tried several times. */
export const PATIENCE_MS: Readonly<Record<Phase, number>> = { stop: 10_500, start: 60_000 };
/** After stopwaitsecs comes SIGKILL, and supervisord's loop has to see it; startsecs are counted in its loop as well. */
const MARGIN_MS: Readonly<Record<Phase, number>> = { stop: 15_000, start: 60_000 };
/** supervisord before 4.0 does not tell the settings. The longest that people write down is an hour. */
const UNKNOWN_MS: Readonly<Record<Phase, number>> = { stop: 3_660_000, start: 120_000 };

/** For one command: each supervisor is asked once at most. */
export function createLimits(world: Pick<CommandWorld, 'call'>): Limits {
  const asked = new Map<string, Promise<readonly ProgramSettings[]>>();
  const settingsOf = (supervisor: string, options: WaitOptions) => {
    const known = asked.get(supervisor) ?? ask(world, supervisor, options);
    asked.set(supervisor, known);
    return known;
  };
  return {
    of: async (uid, phase, options) => {
      const all = await settingsOf(parseUid(uid)?.supervisor ?? '', options);
      const own = all.find(({ name }) => name === toRpcName(uid));
      if (!own) return UNKNOWN_MS[phase];
      const seconds = phase === 'stop' ? own.stopWaitSecs : own.startSecs;
      return Math.max(PATIENCE_MS[phase], seconds * 1_000) + MARGIN_MS[phase];
    },
  };
}

async function ask(
  world: Pick<CommandWorld, 'call'>,
  supervisor: string,
  options: WaitOptions,
): Promise<readonly ProgramSettings[]> {
  const result = await world.call(supervisor, { op: 'settings' }, options);
  return result.ok ? (result.settings ?? []) : [];
}
