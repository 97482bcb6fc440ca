// Which processes and supervisors selectors mean. Asked for each change, and answered anew only when something was added
// or taken away: fields that change by themselves are refused where the selectors are read.
import type { Snapshot } from '../model.ts';
import type { Selector } from '../select.ts';
import { select } from '../select.ts';

export type Scope = {
  hasProcess(uid: string): boolean;
  /** Some of its processes, or it may have such. */
  concernsSupervisor(name: string): boolean;
  /** All that it has. */
  coversSupervisor(name: string): boolean;
  /** Something was added or taken away. */
  forget(): void;
};

type Chosen = {
  readonly uids: ReadonlySet<string>;
  readonly some: ReadonlySet<string>;
  readonly whole: ReadonlySet<string>;
};

export function createScope(selectors: readonly Selector[], snapshot: () => Snapshot): Scope {
  let chosen: Chosen | null = null;
  const all = selectors.length === 0;
  const get = () => (chosen ??= choose(snapshot(), selectors));
  return {
    hasProcess: (uid) => all || get().uids.has(uid),
    concernsSupervisor: (name) => all || get().some.has(name),
    coversSupervisor: (name) => all || get().whole.has(name),
    forget: () => {
      chosen = null;
    },
  };
}

function choose(snapshot: Snapshot, selectors: readonly Selector[]): Chosen {
  const { processes, supervisors } = select(snapshot, selectors);
  const counts = new Map<string, number>();
  for (const { supervisor } of processes) counts.set(supervisor, (counts.get(supervisor) ?? 0) + 1);
  // A pattern without a supervisor in front means processes, wherever they run.
  const named = selectors.every((each) => each.kind === 'field' || each.text === '*' || /^[^*:]+:/u.test(each.text));
  const some = new Set<string>();
  const whole = new Set<string>();
  for (const { name, processes: own } of supervisors) {
    const count = counts.get(name) ?? 0;
    if (count > 0 || own.size === 0) some.add(name);
    if (own.size === 0 ? named : count === own.size) whole.add(name);
  }
  return { uids: new Set(processes.map(({ uid }) => uid)), some, whole };
}
