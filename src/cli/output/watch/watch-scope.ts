import type { Session } from '../../../core/ports.ts';
import type { Selector } from '../../../core/select.ts';
import { select } from '../../../core/select.ts';
import type { Told } from './watch-feed.ts';

export type WatchScope = {
  /** Selects anew what the selectors match; what once matched stays, so that a change out of `state=…` is told. */
  widen(): void;
  covers(told: Told): boolean;
};

export function createWatchScope(session: Session, selectors: readonly Selector[]): WatchScope {
  const uids = new Set<string>();
  const names = new Set<string>();
  const widen = () => {
    if (selectors.length === 0) return;
    const { processes, supervisors } = select(session.snapshot(), selectors);
    processes.forEach(({ uid }) => uids.add(uid));
    supervisors.forEach(({ name }) => names.add(name));
  };
  widen();
  return {
    widen,
    covers: (told) => {
      if (selectors.length === 0) return true;
      switch (told.type) {
        case 'added':
        case 'removed':
        case 'changed':
        case 'fields':
          return uids.has(told.process.uid);
        case 'supervisor':
          return names.has(told.supervisor.name);
        case 'supervisor-removed':
          return names.has(told.name);
        case 'gap':
          return told.supervisor === null || names.has(told.supervisor);
      }
    },
  };
}
