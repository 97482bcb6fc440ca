// What the session tells, in lots: the screen never follows a storm event by event, and keys never wait for it.
import { isCrash } from '../core/crashes.ts';
import { findProcess } from '../core/engine/reduce.ts';
import { isLoopTurn } from '../core/flapping.ts';
import type { Process, Snapshot, Supervisor, Transition } from '../core/model.ts';
import type { Clock, Session, SessionEvent } from '../core/ports.ts';
import { parseUid } from '../core/ids.ts';
import { createLastKnown } from '../core/view/last-known.ts';
import { flappingText, formatReason } from '../core/view/text.ts';
import type { Store } from './store.ts';
import type { Notice } from './ui-state/notices.ts';

/** At most five frames a second for what happens outside, and fewer when a frame over thousands of rows takes long. */
const COALESCE_MS = 200;
const MOST_COALESCE_MS = 500;
/** The frames of a storm take no more than this part of a core. */
const FRAME_SHARE = 1 / 100;
const COSTS_KEPT = 4;
/** What belongs together arrives together: the first event waits this long for the others. */
const GATHER_MS = 15;
/** What was only measured anew has time: over hundreds of supervisors some latency always moves. */
const MEASURED_MS = 2_000;

type NewNotice = Omit<Notice, 'id'>;

/** Returns what ends it. */
export function feedStore(store: Store, session: Session, clock: Clock): () => void {
  let cancelFlush: (() => void) | null = null;
  let flushAt = Infinity;
  let cancelTick: (() => void) | null = null;
  let flushedAt = -Infinity;
  let coalesceMs = COALESCE_MS;
  let costs: readonly number[] = [];
  let notices: NewNotice[] = [];
  const lastKnown = createLastKnown();

  const flush = (): void => {
    cancelFlush = null;
    flushAt = Infinity;
    flushedAt = clock.monotonic();
    const begun = performance.now();
    const added = notices;
    notices = [];
    store.batch(() => {
      store.update({
        snapshot: lastKnown(session.snapshot(), session.connection()),
        timeline: session.timeline(),
        connection: session.connection(),
        now: clock.now(),
      });
      if (added.length > 0) store.dispatch('notices', { type: 'add', notices: added });
    });
    // The least of the last ones: whatever else goes on only adds to it.
    costs = [...costs.slice(1 - COSTS_KEPT), performance.now() - begun];
    coalesceMs = Math.min(MOST_COALESCE_MS, Math.max(COALESCE_MS, Math.min(...costs) / FRAME_SHARE));
    tickLater();
  };

  const onEvent = (event: SessionEvent): void => {
    for (const notice of toNotices(event, { at: clock.now(), snapshot: session.snapshot() })) notices.push(notice);
    const now = clock.monotonic();
    const at = Math.max(now + GATHER_MS, flushedAt + (isMeasured(event) ? MEASURED_MS : coalesceMs));
    if (at >= flushAt) return;
    cancelFlush?.();
    flushAt = at;
    cancelFlush = clock.after(at - now, flush);
  };

  /** Wakes when a text on the screen reads differently, on whole seconds so that several do so together. */
  const tickLater = (): void => {
    cancelTick?.();
    const { changesWithinMs } = store.frame();
    if (!Number.isFinite(changesWithinMs)) return;
    const now = clock.now();
    const at = Math.max(Math.floor((now + changesWithinMs) / 1_000), Math.floor(now / 1_000) + 1) * 1_000;
    cancelTick = clock.after(at - now + 1, () => {
      store.update({ now: clock.now() });
      tickLater();
    });
  };

  const unsubscribe = session.subscribe(onEvent);
  const unwatch = store.subscribe(tickLater);
  flush();
  return () => {
    unsubscribe();
    unwatch();
    cancelFlush?.();
    cancelTick?.();
  };
}

const MEASURES: ReadonlySet<string> = new Set(['latencyMs', 'pollMs', 'clockOffsetMs']);

/** Nothing has happened: a supervisor is only further away than before, or read at another interval. */
function isMeasured(event: SessionEvent): boolean {
  if (event.type !== 'delta') return false;
  return event.delta.changes.every((change) => {
    if (change.type !== 'supervisor') return false;
    const was = new Map<string, unknown>(Object.entries(event.before.supervisors.get(change.supervisor.name) ?? {}));
    return Object.entries(change.supervisor).every(([key, value]) => MEASURES.has(key) || was.get(key) === value);
  });
}

type Seen = { readonly at: number; readonly snapshot: Snapshot };

function toNotices(event: SessionEvent, { at, snapshot }: Seen): readonly NewNotice[] {
  switch (event.type) {
    case 'transitions':
      return event.transitions
        .filter((each) => !isLoopTurn(each, findProcess(snapshot, each.uid)))
        .flatMap(ofTransition);
    case 'delta':
      return event.delta.changes.flatMap((change) => {
        if (change.type === 'process') return ofFlapping(event.before, change.process, at);
        return change.type === 'supervisor' ? ofSupervisor(event.before, change.supervisor, at) : [];
      });
    case 'gap':
      return [{ at, level: 'info', text: `${event.supervisor}: ${event.message}` }];
    case 'connection': {
      const { connection } = event;
      if (connection.state === 'live') return [{ at, level: 'good', text: 'connected' }];
      const why = connection.error === null ? '' : `: ${connection.error.message}`;
      return [{ at, level: connection.state === 'lost' ? 'bad' : 'info', text: `${connection.state}${why}` }];
    }
    case 'reset':
      return [];
  }
}

/** Falls, and what comes back by itself from one; the rest is in the timeline. */
function ofTransition({ uid, from, to, reason, at, by }: Transition): readonly NewNotice[] {
  const isFall = isCrash({ to, reason }) || to === 'UNKNOWN';
  const isRecovery = to === 'RUNNING' && by === null && from !== null;
  if (!isFall && !isRecovery) return [];
  const parts = parseUid(uid);
  const who = parts ? `${parts.name} on ${parts.supervisor}` : uid;
  const why = reason === null ? '' : ` (${formatReason(reason)})`;
  const level = isRecovery ? 'good' : to === 'FATAL' ? 'bad' : 'warn';
  return [{ at, level, text: `${who}: ${from === null ? '' : `${from} → `}${to}${why}` }];
}

/** A loop is told when it begins and when it is over. */
function ofFlapping(before: Snapshot, process: Process, at: number): readonly NewNotice[] {
  const { flapping, name, supervisor, state } = process;
  const did = (findProcess(before, process.uid)?.flapping ?? null) !== null;
  const who = `${name} on ${supervisor}`;
  if (flapping !== null) return did ? [] : [{ at, level: 'bad', text: `${who}: ${flappingText(process, flapping)}` }];
  return did && state === 'RUNNING' ? [{ at, level: 'good', text: `${who}: flapping no more` }] : [];
}

function ofSupervisor(before: Snapshot, now: Omit<Supervisor, 'processes'>, at: number): readonly NewNotice[] {
  const was = before.supervisors.get(now.name);
  if (!was || was.link === now.link) return [];
  if (now.link === 'up') return was.staleSince === null ? [] : [{ at, level: 'good', text: `${now.name} is back` }];
  if (now.link !== 'down' || was.error?.code === now.error?.code) return [];
  return [{ at, level: 'bad', text: `${now.name} cannot be reached: ${now.error?.message ?? 'no answer'}` }];
}
