// What nobody is told of for a while, because somebody said so.
import type { Snapshot } from '../model.ts';
import { toScope } from '../access/actor.ts';
import { parseSelectors } from '../select.ts';
import type { Incident, Mute } from './incident.ts';
import { createScope } from './scope.ts';

export type Mutes = {
  set(mutes: readonly Mute[]): void;
  /** Which of them keeps it quiet; null: none. `now` is of the wall, as people say until when. */
  of(incident: Pick<Incident, 'uid' | 'supervisor'>, now: number): Mute | null;
  /** When the next one ends, by the wall. */
  nextEnd(now: number): number;
  /** Something was added or taken away. */
  forget(): void;
};

type Muting = {
  readonly mute: Mute;
  readonly scope: ReturnType<typeof createScope>;
  readonly mayMean: (supervisor: string) => boolean;
};

export function createMutes(snapshot: () => Snapshot): Mutes {
  let mutes: Muting[] = [];
  return {
    set: (next) => {
      mutes = next.map((mute) => ({
        mute,
        scope: createScope(parseSelectors(mute.selectors).selectors, snapshot),
        mayMean: toScope({ supervisors: mute.supervisors }),
      }));
    },
    of: ({ uid, supervisor }, now) => {
      const isMeant = ({ scope, mayMean }: Muting) =>
        mayMean(supervisor) && (uid === null ? scope.coversSupervisor(supervisor) : scope.hasProcess(uid));
      return mutes.find((each) => each.mute.until > now && isMeant(each))?.mute ?? null;
    },
    nextEnd: (now) => Math.min(Infinity, ...mutes.map(({ mute }) => mute.until).filter((until) => until > now)),
    forget: () => mutes.forEach(({ scope }) => scope.forget()),
  };
}
