// Keeps one viewer's snapshot and timeline up to date; when it cannot keep up, it gets the latest in one go.
import type { Narrowing } from '../../core/access/narrowing.ts';
import { mergeChanges } from '../../core/merge-changes.ts';
import type { Delta, Transition } from '../../core/model.ts';
import type { Session, SessionEvent } from '../../core/ports.ts';
import { encodeServerMessage, encodeSnapshot } from '../../core/wire/codec.ts';
import type { Replay } from '../../core/wire/replay.ts';
import type { Outbox } from './outbox.ts';

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
  readonly encodeDelta: (delta: Delta) => Buffer;
  readonly onCoalesced: () => void;
}): ViewerState {
  const { session, narrowing, replay, outbox } = options;
  /** What the viewer holds; null before the start. */
  let revision: number | null = null;
  let behind = false;

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
    const changes = mergeChanges(narrowing.changes(missed.changes));
    outbox.send(encodeServerMessage({ type: 'delta', delta: { from: since, to, changes } }));
    revision = to;
    sendTransitions(narrowing.transitions(missed.transitions));
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
      if (event.type === 'delta') {
        // Whatever is older than what the viewer holds was in its snapshot.
        if (event.delta.to <= revision) return;
        const { delta } = event;
        outbox.send(options.encodeDelta(delta.from === revision ? delta : { ...delta, from: revision }));
        revision = event.delta.to;
      } else if (event.type === 'transitions') sendTransitions(event.transitions);
      else if (event.type === 'gap') {
        outbox.send(encodeServerMessage({ type: 'gap', supervisor: event.supervisor, message: event.message }));
      }
    },
    catchUp: () => {
      if (!behind || revision === null) return;
      behind = false;
      goOn(revision);
    },
  };
}
