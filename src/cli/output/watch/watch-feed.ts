// Session events → what `watch` tells. State changes come from the transitions, which name every one of them with its
// reason; what else changes of a process comes from the deltas, which may be ahead of the transitions or behind them.
import type { Change, Process, Snapshot, Supervisor, Transition } from '../../../core/model.ts';
import type { SessionEvent } from '../../../core/ports.ts';
import type { ProcessState } from '../../../core/process-state.ts';
import { findProcess } from '../../../core/engine/reduce.ts';

export type Told =
  | { readonly type: 'added' | 'removed'; readonly process: Process; readonly supervisor: Supervisor }
  | {
      readonly type: 'changed';
      readonly process: Process;
      readonly supervisor: Supervisor;
      readonly transition: Transition;
    }
  /** Its state is as before. */
  | {
      readonly type: 'fields';
      readonly process: Process;
      readonly supervisor: Supervisor;
      readonly fields: readonly string[];
    }
  | {
      readonly type: 'supervisor';
      readonly supervisor: Supervisor;
      /** Whether it can be reached, or its own state, is not as before; otherwise only its latency or the like moved. */
      readonly turned: boolean;
    }
  | { readonly type: 'supervisor-removed'; readonly name: string }
  | { readonly type: 'gap'; readonly supervisor: string | null; readonly message: string };

export type WatchFeed = { handle(event: SessionEvent): readonly Told[] };

type Shown = {
  readonly process: Process;
  /** May lag behind `process.state` until the transition is told. */
  readonly state: ProcessState;
  /** Of the last transition told. */
  readonly transition: number;
};

const VISIBLE = ['pid', 'startedAt', 'stoppedAt', 'exitStatus', 'spawnError', 'stdoutLog', 'stderrLog'] as const;

/** `snapshot` is what was told to begin with, `lastTransition` the newest that lies behind it. */
export function createWatchFeed(snapshot: Snapshot, lastTransition: number): WatchFeed {
  const shown = new Map<string, Shown>();
  let lastTold = lastTransition;
  const show = (process: Process): void => {
    shown.set(process.uid, { process, state: process.state, transition: 0 });
  };
  for (const supervisor of snapshot.supervisors.values()) supervisor.processes.forEach(show);

  const ofTransition = (transition: Transition, now: Snapshot): Told[] => {
    const { uid, to } = transition;
    const before = shown.get(uid);
    const process = findProcess(now, uid);
    const supervisor = now.supervisors.get(process?.supervisor ?? '');
    if (!before || !process || !supervisor) return [];
    const amended = transition.id <= lastTold;
    // An amended transition is told again only if it now says another state, and is still the newest of its process.
    if (amended && (before.transition !== transition.id || before.state === to)) return [];
    lastTold = Math.max(lastTold, transition.id);
    const pid = process.state === to ? process.pid : transition.pid;
    const current = { ...process, state: to, pid };
    shown.set(uid, { process: current, state: to, transition: transition.id });
    return [{ type: 'changed', process: current, supervisor, transition }];
  };

  const ofProcess = (process: Process, now: Snapshot): Told[] => {
    const supervisor = now.supervisors.get(process.supervisor);
    const before = shown.get(process.uid);
    if (!supervisor) return [];
    if (!before) {
      show(process);
      return [{ type: 'added', process, supervisor }];
    }
    const visible: string[] = VISIBLE.filter((field) => before.process[field] !== process[field]);
    // That it flaps, or does no more; its count rises with each turn.
    const turned = (before.process.flapping === null) !== (process.flapping === null);
    const fields = turned ? [...visible, 'flapping'] : visible;
    // With another state its transition is told in a moment, and carries the other fields along.
    if (fields.length === 0 || process.state !== before.state) return [];
    shown.set(process.uid, { ...before, process });
    return [{ type: 'fields', process, supervisor, fields }];
  };

  const ofChange = (change: Change, before: Snapshot, now: Snapshot): Told[] => {
    switch (change.type) {
      case 'process':
        return ofProcess(change.process, now);
      case 'process-removed': {
        const process = findProcess(before, change.uid);
        const supervisor = before.supervisors.get(process?.supervisor ?? '');
        shown.delete(change.uid);
        return process && supervisor ? [{ type: 'removed', process, supervisor }] : [];
      }
      case 'supervisor': {
        const supervisor = now.supervisors.get(change.supervisor.name);
        const old = before.supervisors.get(change.supervisor.name);
        if (!supervisor) return [];
        const same = (['link', 'error', 'state'] as const).every((field) => old?.[field] === supervisor[field]);
        return [{ type: 'supervisor', supervisor, turned: !same }];
      }
      case 'supervisor-removed':
        return [{ type: 'supervisor-removed', name: change.name }];
      case 'order':
        return [];
    }
  };

  let current = snapshot;
  return {
    handle: (event) => {
      switch (event.type) {
        case 'delta': {
          current = event.snapshot;
          const { before, snapshot: now } = event;
          return event.delta.changes.flatMap((change) => ofChange(change, before, now));
        }
        case 'transitions':
          return event.transitions.flatMap((transition) => ofTransition(transition, current));
        case 'gap':
          return [{ type: 'gap', supervisor: event.supervisor, message: event.message }];
        case 'reset': {
          const { snapshot: now } = event;
          current = now;
          shown.clear();
          const supervisors = [...now.supervisors.values()];
          supervisors.forEach((supervisor) => supervisor.processes.forEach(show));
          return [{ type: 'gap', supervisor: null, message: 'the connection was lost meanwhile' }];
        }
        case 'connection':
          return [];
      }
    },
  };
}
