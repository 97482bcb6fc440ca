// What happened → which incidents are open, and what is to be told. Pure: it hears what the engine tells, and the moment.
import { findProcess } from '../engine/reduce.ts';
import type { Change, Snapshot, Transition } from '../model.ts';
import type { Moment } from '../ports.ts';
import type { AlertRule, Incident, Mute, Announcement } from './incident.ts';
import { isTrusted } from './judge.ts';
import { createLedger } from './ledger.ts';
import { createMutes } from './mutes.ts';
import { createWatcher, whyNow } from './watcher.ts';

export type AlertInput =
  /** First of all, and whenever changes may have been missed. */
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'changes'; readonly snapshot: Snapshot; readonly changes: readonly Change[] }
  | { readonly type: 'transitions'; readonly transitions: readonly Transition[] }
  | { readonly type: 'mutes'; readonly mutes: readonly Mute[] }
  | { readonly type: 'tick' };

export type AlertOutput = {
  readonly notices: readonly Announcement[];
  /** Opened, told or closed in this turn, as they are now: to be remembered together with the notices. */
  readonly changed: readonly Incident[];
  /** When to tick, monotonic; Infinity: not before something happens. */
  readonly next: number;
};

export type Incidents = {
  handle(input: AlertInput, moment: Moment): AlertOutput;
  open(): readonly Incident[];
  /** Which of the mutes keeps it quiet; null: none. */
  muteOf(subject: Pick<Incident, 'uid' | 'supervisor'>): Mute | null;
};

export type IncidentsOptions = {
  readonly rules: readonly AlertRule[];
  readonly newId: () => string;
  /** Open ones of a server before this one. */
  readonly restored: readonly Incident[];
};

const NO_SNAPSHOT: Snapshot = { name: '', epoch: '', revision: 0, supervisors: new Map() };

export function createIncidents({ rules, newId, restored }: IncidentsOptions): Incidents {
  let snapshot = NO_SNAPSHOT;
  let moment: Moment = { now: 0, monotonic: 0 };
  const mutes = createMutes(() => snapshot);
  const isAway = (name: string) => {
    const supervisor = snapshot.supervisors.get(name);
    return !supervisor || !isTrusted(supervisor);
  };
  const ledger = createLedger({
    rules,
    newId,
    // Whoever is told that a host is away is not told of all that it takes along.
    isQuiet: ({ uid, supervisor }) =>
      mutes.of({ uid, supervisor }, moment.now) !== null || (uid !== null && isAway(supervisor)),
    whyNow: (incident) => whyNow(snapshot, incident, moment.now),
  });
  const watcher = createWatcher({ rules, ledger, snapshot: () => snapshot, moment: () => moment });
  const forgetScopes = () => (watcher.forgetScopes(), mutes.forget());

  const begin = () => {
    for (const incident of restored) {
      ledger.restore(incident);
      const rule = rules.find(({ name }) => name === incident.alert);
      const isAsked = rule?.when.some(({ text }) => text === incident.cause) ?? false;
      if (!isAsked || !snapshot.supervisors.has(incident.supervisor)) ledger.end(incident, 'dropped');
    }
  };
  const apply = (before: Snapshot, change: Change) => {
    switch (change.type) {
      case 'process':
        return watcher.lookAt(change.process.uid);
      case 'supervisor':
        return watcher.lookAt(change.supervisor.name);
      case 'process-removed':
        return watcher.forget(change.uid);
      case 'supervisor-removed':
        watcher.forget(change.name);
        before.supervisors.get(change.name)?.processes.forEach(({ uid }) => watcher.forget(uid));
        return;
      case 'order':
        return;
    }
  };
  const act = (input: AlertInput) => {
    const before = snapshot;
    switch (input.type) {
      case 'snapshot':
        ({ snapshot } = input);
        forgetScopes();
        if (before === NO_SNAPSHOT) begin();
        for (const [name, { processes }] of before.supervisors) {
          const now = snapshot.supervisors.get(name);
          for (const uid of processes.keys()) if (!now?.processes.has(uid)) watcher.forget(uid);
          if (!now) watcher.forget(name);
        }
        for (const name of snapshot.supervisors.keys()) watcher.lookAt(name);
        return;
      case 'changes':
        ({ snapshot } = input);
        if (input.changes.some((change) => altersScope(before, change))) forgetScopes();
        return input.changes.forEach((change) => apply(before, change));
      case 'transitions':
        return input.transitions.forEach(watcher.hear);
      case 'mutes':
        return mutes.set(input.mutes);
      case 'tick':
        return;
    }
  };

  return {
    handle: (input, now) => {
      moment = now;
      ledger.beginTurn(now);
      act(input);
      watcher.lookAtDue();
      const told = ledger.endTurn();
      const muteEnds = now.monotonic + mutes.nextEnd(now.now) - now.now;
      return { ...told, next: Math.min(watcher.next(), ledger.next(), muteEnds) };
    },
    open: ledger.open,
    muteOf: (subject) => mutes.of(subject, moment.now),
  };
}

/** Whether selectors may mean something else from now on. */
function altersScope(before: Snapshot, change: Change): boolean {
  if (change.type === 'process') return findProcess(before, change.process.uid) === undefined;
  if (change.type !== 'supervisor') return change.type !== 'order';
  const known = before.supervisors.get(change.supervisor.name);
  return known?.tags !== change.supervisor.tags || known.host !== change.supervisor.host;
}
