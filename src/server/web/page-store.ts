// What the page knows and shows: the session's snapshot, the state of the page, and the rows that come of both.
import type { Snapshot } from '../../core/model.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import type { Session } from '../../core/ports.ts';
import { createLastKnown } from '../../core/view/last-known.ts';
import type { Rows } from '../../core/view/row-model.ts';
import { createRowsView } from '../../core/view/rows.ts';
import type { PageState } from './page-state.ts';
import { readAddress, toAddress } from './page-state.ts';

export type PageStore = {
  readonly session: Session;
  readonly state: () => PageState;
  readonly change: (next: PageState) => void;
  /** What is to be shown: old rows as old ones. */
  readonly seen: () => Snapshot;
  /** As they are now: what was typed last may not have been painted yet. */
  readonly rows: () => Rows;
};

/** `onChange` is told of every change of the state. */
export function createPageStore(session: Session, onChange: () => void): PageStore {
  const toRows = createRowsView();
  const lastKnown = createLastKnown();
  let state = readAddress(location.hash);
  const seen = () => lastKnown(session.snapshot(), session.connection());
  return {
    session,
    state: () => state,
    change: (next) => {
      const address = toAddress(next);
      if (address !== toAddress(state)) history.replaceState(null, '', address);
      state = next;
      onChange();
    },
    seen,
    rows: () => toRows(seen(), state.query),
  };
}

export type PageTargets = {
  readonly uids: readonly string[];
  /** Marked ones that the list does not show now. */
  readonly hidden: number;
};

/** What an action is about: the marked, else what the cursor is on. */
export function targetsOf(store: PageStore): PageTargets {
  const { marked, cursor } = store.state();
  const snapshot = store.seen();
  if (marked.size === 0) return { uids: cursor !== null && findProcess(snapshot, cursor) ? [cursor] : [], hidden: 0 };
  const uids = [...marked].filter((uid) => findProcess(snapshot, uid));
  const shown = new Set(store.rows().matching.map(({ key }) => key));
  return { uids, hidden: uids.filter((uid) => !shown.has(uid)).length };
}
