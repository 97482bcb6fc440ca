// Keeps one viewer's snapshot and timeline up to date. In a storm, and when it cannot keep up, it gets what many changes
// came to in one go: each message that is under way to each of many viewers takes memory.
import type { Narrowing } from '../../core/access/narrowing.ts';
import type { Transition } from '../../core/model.ts';
import type { Session, SessionEvent } from '../../core/ports.ts';
import { encodeServerMessage, encodeSnapshot } from '../../core/wire/codec.ts';
import type { Replay } from '../../core/wire/replay.ts';
import type { DeltaEncoder } from './delta-encoder.ts';
import type { Outbox } from './outbox.ts';
import type { DeltaInterval } from './delta-interval.ts';

const TRANSITIONS_PER_MESSAGE = 100;

export type ViewerState = {
  /** Begins, or begins again: `since` is the revision that the viewer still holds. */
  start(since: number | null): void;
  onEvent(event: SessionEvent): void;
  /** There is room again. */
  catchUp(): void;
};

export function createViewerState(options: {
  readonly session: Session;
  readonly narrowing: Narrowing;
  readonly replay: Replay;
  readonly outbox: Outbox;
  readonly deltas: DeltaEncoder;
  readonly interval: DeltaInterval;
  readonly onCoalesced: () => void;
}): ViewerState {
  const { session, narrowing, replay, outbox, deltas, interval } = options;
  /** What the viewer holds; null before the start. */
  let revision: number | null = null;
  let behind = false;
  /** Deltas in this period. */
  let lately = 0;

  const sendTransitions = (transitions: readonly Transition[]) => {
    for (let first = 0; first < transitions.length; first += TRANSITIONS_PER_MESSAGE) {
      const part = transitions.slice(first, first + TRANSITIONS_PER_MESSAGE);
      outbox.send(encodeServerMessage({ type: 'transitions', transitions: part }));
    }
  };

  const sendWhole = () => {
    const snapshot = session.snapshot();
    outbox.send(encodeSnapshot(snapshot));
    revision = snapshot.revision;
    sendTransitions(session.timeline());
  };

  const goOn = (since: number) => {
    const missed = replay.since(since);
    if (!missed) return sendWhole();
    const to = session.snapshot().revision;
    outbox.send(deltas.encode(deltas.merge(narrowing.changes(missed.changes), { from: since, to })));
    revision = to;
    sendTransitions(narrowing.transitions(missed.transitions));
  };

  const catchUp = () => {
    if (!behind || revision === null || outbox.isFull()) return;
    behind = false;
    count();
    goOn(revision);
  };
  const count = () => {
    lately += 1;
    if (lately > 1) return;
    interval.next(() => {
      lately = 0;
      catchUp();
    });
  };

  return {
    start: (since) => {
      behind = false;
      if (since === null) sendWhole();
      else goOn(since);
    },
    onEvent: (event) => {
      if (revision === null) return;
      if (outbox.isFull()) {
        behind = true;
        options.onCoalesced();
        return;
      }
      if (event.type !== 'gap' && lately >= interval.most) {
        behind = true;
        return;
      }
      if (event.type === 'delta') {
        // Whatever is older than what the viewer holds was in its snapshot.
        if (event.delta.to <= revision) return;
        const { delta } = event;
        count();
        outbox.send(deltas.encode(delta.from === revision ? delta : { ...delta, from: revision }));
        revision = event.delta.to;
      } else if (event.type === 'transitions') sendTransitions(event.transitions);
      else if (event.type === 'gap') {
        outbox.send(encodeServerMessage({ type: 'gap', supervisor: event.supervisor, message: event.message }));
      }
    },
    catchUp,
  };
}
