// The events of multivisor's stream, numbered and kept for a while, so that a client that was away gets what it missed.
import { isCrash } from '../../core/crashes.ts';
import { parseUid } from '../../core/ids.ts';
import type { Change, Snapshot, Transition } from '../../core/model.ts';
import type { LocalSession } from '../../core/session/local-session.ts';
import type { SessionEvent } from '../../core/ports.ts';
import { findProcess } from '../../core/engine/reduce.ts';
import { toMultivisorProcess, toMultivisorSupervisor } from './multivisor-model.ts';

export type FeedEvent = {
  readonly id: number;
  readonly supervisor: string;
  /** The whole `data:` line, made when it is first asked for. */
  readonly data: () => string;
};

export type Feed = {
  subscribe(listener: (event: FeedEvent) => void): () => void;
  /** What came after the event of that id (`epoch.number`); null when it is not known or too long ago. */
  after(lastEventId: string): readonly FeedEvent[] | null;
  readonly idOf: (event: FeedEvent) => string;
  close(): void;
};

const KEPT = 1_000;

export function createFeed(session: LocalSession, now: () => number): Feed {
  const listeners = new Set<(event: FeedEvent) => void>();
  const { epoch } = session.snapshot();
  let kept: FeedEvent[] = [];
  let lastId = 0;
  let lastTransition = session.timeline().at(-1)?.id ?? 0;

  const push = (supervisor: string, name: string, payload: () => unknown) => {
    let data: string | null = null;
    const event: FeedEvent = {
      id: ++lastId,
      supervisor,
      data: () => (data ??= JSON.stringify({ payload: payload(), event: name })),
    };
    kept.push(event);
    if (kept.length > KEPT * 1.25) kept = kept.slice(-KEPT);
    Array.from(listeners, (listener) => listener(event));
  };

  const notify = (supervisor: string, level: Level, message: string) => {
    const time = now() / 1000;
    push(supervisor, 'notification', () => ({ message, level, time }));
  };

  const onTransition = (transition: Transition) => {
    // An amended transition was told already.
    if (transition.id <= lastTransition) return;
    lastTransition = transition.id;
    const { from, to } = transition;
    const { supervisor = '', name = '' } = parseUid(transition.uid) ?? {};
    notify(supervisor, levelOf(transition), `${name} on ${supervisor} changed from ${from ?? 'UNKNOWN'} to ${to}`);
  };

  const tellSupervisor = (name: string, snapshot: Snapshot) => {
    const supervisor = snapshot.supervisors.get(name);
    if (supervisor) push(name, 'supervisor_changed', () => toMultivisorSupervisor(supervisor, now()));
  };

  const onDelta = (event: Extract<SessionEvent, { type: 'delta' }>) => {
    const { before, snapshot } = event;
    const whole = new Set(event.delta.changes.flatMap((change) => wholeOf(change, event) ?? []));
    for (const name of whole) tellSupervisor(name, snapshot);
    for (const change of event.delta.changes) {
      if (change.type === 'process') {
        const { process } = change;
        const supervisor = snapshot.supervisors.get(process.supervisor);
        // Who gets the whole supervisor gets this process with it.
        if (!supervisor || whole.has(supervisor.name)) continue;
        push(supervisor.name, 'process_changed', () => toMultivisorProcess(process, supervisor, now()));
      } else if (change.type === 'supervisor') {
        const { name, link, error } = change.supervisor;
        const old = before.supervisors.get(name);
        if (link === 'down' && old?.link !== 'down') notify(name, 'ERROR', `${name} is down: ${error?.message ?? ''}`);
        if (link === 'up' && old?.link === 'down') notify(name, 'INFO', `${name} is up again`);
      }
    }
  };

  const unsubscribe = session.overhear((event) => {
    if (event.type === 'delta') onDelta(event);
    else if (event.type === 'transitions') event.transitions.forEach(onTransition);
  });

  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    idOf: ({ id }) => `${epoch}.${id}`,
    after: (lastEventId) => {
      const dot = lastEventId.lastIndexOf('.');
      const number = Number(lastEventId.slice(dot + 1));
      const oldest = kept[0]?.id ?? lastId + 1;
      if (lastEventId.slice(0, Math.max(0, dot)) !== epoch || !Number.isInteger(number)) return null;
      if (number < oldest - 1 || number > lastId) return null;
      return kept.filter(({ id }) => id > number);
    },
    close: unsubscribe,
  };
}

type Level = 'INFO' | 'WARNING' | 'ERROR';

function levelOf({ to, reason }: Transition): Level {
  if (to === 'FATAL' || to === 'UNKNOWN') return 'ERROR';
  return isCrash({ to, reason }) ? 'WARNING' : 'INFO';
}

/** The supervisor that must be told whole because of this change. */
function wholeOf(change: Change, { before, snapshot }: Extract<SessionEvent, { type: 'delta' }>): string | null {
  switch (change.type) {
    case 'process':
      return findProcess(before, change.process.uid) ? null : change.process.supervisor;
    case 'process-removed':
      return parseUid(change.uid)?.supervisor ?? null;
    case 'supervisor-removed':
    case 'order':
      return null;
    case 'supervisor': {
      const { name } = change.supervisor;
      const [old, next] = [before.supervisors.get(name), snapshot.supervisors.get(name)];
      const shown = ['url', 'host', 'link', 'pid', 'identification', 'apiVersion', 'version'] as const;
      return old && next && shown.every((field) => old[field] === next[field]) ? null : name;
    }
  }
}
