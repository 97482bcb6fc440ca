// Lines of the main log name a process without its group: which one is it?
import type { ProcessReading } from '../../../core/model.ts';
import type { ProcessState } from '../../../core/process-state.ts';

export type Known = {
  readonly group: string;
  readonly name: string;
  readonly reading: ProcessReading;
  /** By the lines alone, which come later than the readings: what the next line starts from. */
  readonly told: ProcessState;
  readonly toldPid: number | null;
  /** It appeared while lines were followed, and none has been told of it: they may be behind its first reading. */
  readonly isNew: boolean;
};

export type NameIndex = {
  /** All that bear this name: none, one, or several in different groups. */
  named(name: string): readonly Known[];
  all(): readonly Known[];
  size(): number;
  setTold(known: Known, state: ProcessState, pid: number | null): void;
  /** Everything there is. `reseed`: lines may have been missed, so that only readings tell. */
  replace(readings: readonly ProcessReading[], reseed: boolean): void;
  update(readings: readonly ProcessReading[], gone: readonly string[]): void;
};

export function toKey(process: { readonly group: string; readonly name: string }): string {
  return `${process.group}:${process.name}`;
}

export function createNameIndex(): NameIndex {
  let byName = new Map<string, Map<string, Known>>();
  const find = (reading: ProcessReading) => byName.get(reading.name)?.get(reading.group);
  const put = (into: typeof byName, known: Known) => {
    const sameName = into.get(known.name) ?? new Map<string, Known>();
    into.set(known.name, sameName.set(known.group, known));
  };
  return {
    named: (name) => [...(byName.get(name)?.values() ?? [])],
    all: () => [...byName.values()].flatMap((sameName) => [...sameName.values()]),
    size: () => [...byName.values()].reduce((sum, sameName) => sum + sameName.size, 0),
    setTold: (known, told, toldPid) => put(byName, { ...known, told, toldPid, isNew: false }),
    replace: (readings, reseed) => {
      const next: typeof byName = new Map();
      readings.forEach((reading) => put(next, reseed ? toSeeded(reading) : toKnown(reading, find(reading))));
      byName = next;
    },
    update: (readings, gone) => {
      readings.forEach((reading) => put(byName, toKnown(reading, find(reading))));
      for (const key of gone) {
        const colon = key.indexOf(':');
        byName.get(key.slice(colon + 1))?.delete(key.slice(0, colon));
      }
    },
  };
}

function toKnown(reading: ProcessReading, before: Known | undefined): Known {
  return before ? { ...before, reading } : { ...toSeeded(reading), isNew: true };
}

/** What is told from now on starts from what was read. */
function toSeeded(reading: ProcessReading): Known {
  const { group, name, state, pid } = reading;
  return { group, name, reading, told: state, toldPid: pid, isNew: false };
}
