// The alerts of a server: what its session tells goes through the incidents, and what they tell through the queues of the
// channels. Nothing here is waited for by the engine, and nothing that goes wrong here reaches it.
import { randomBytes } from 'node:crypto';
import type { SharedDesk } from '../../core/access/actor-alerts.ts';
import type { Announcement, Mute } from '../../core/alerts/incident.ts';
import type { AlertInput, Incidents } from '../../core/alerts/incidents.ts';
import { createIncidents } from '../../core/alerts/incidents.ts';
import { toMessage } from '../../core/alerts/message.ts';
import type { AlertsConfig } from '../../core/config/alerts-config.ts';
import type { Clock, SessionEvent } from '../../core/ports.ts';
import { toFaultText } from '../../core/own-faults.ts';
import type { LocalSession } from '../../core/session/local-session.ts';
import { createDesk } from './desk.ts';
import { startHeartbeat } from './heartbeat.ts';
import { createQueues, toChannelKey } from './queues.ts';
import type { AlertStore, Delivery } from './store.ts';
import { toAlertsView } from './view.ts';
import { KEPT_CLOSED, KEPT_GIVEN_UP } from './store.ts';

export type AlertsOptions = {
  readonly session: Pick<LocalSession, 'snapshot' | 'timeline' | 'overhear' | 'subscribe'>;
  readonly clock: Clock;
  readonly config: AlertsConfig;
  readonly store: AlertStore;
  /** Where people find the page when the configuration does not say. */
  readonly pageUrl: string;
  readonly warn: (text: string) => void;
};

export type Alerts = {
  readonly desk: SharedDesk;
  /** Goes on with what is open; what nobody asks for any more is dropped. */
  reconfigure(config: AlertsConfig): Promise<void>;
  /** Settles when nothing is under way. What waits is sent by the next server. */
  close(): Promise<void>;
};

/** Timers end at 2^31 ms. */
const LONGEST_WAIT_MS = 3_600_000;
/** Who wants to be told sooner than this is somebody who looks, for whom each supervisord is woken. */
const AT_ONCE_MS = 1_000;

export function createAlerts(options: AlertsOptions): Alerts {
  const { session, clock, store, warn } = options;
  let { config } = options;
  let cancelTick: (() => void) | null = null;
  let inbox: AlertInput[] = [];
  let { mutes, closed, givenUp } = store.kept;
  let scheduled: NodeJS.Immediate | null = null;
  let endHeartbeat: (() => Promise<void>) | null = null;

  const moment = () => ({ now: clock.now(), monotonic: clock.monotonic() });
  const queues = createQueues({
    ...options,
    onGivenUp: (one) => {
      store.giveUp(one);
      givenUp = [one, ...givenUp].slice(0, KEPT_GIVEN_UP);
    },
  });
  let incidents: Incidents = createIncidents({ rules: config.rules, newId, restored: store.kept.open });

  const feed = (input: AlertInput) => {
    const { notices, changed, next } = incidents.handle(input, moment());
    const deliveries = notices.flatMap(toDeliveries);
    store.save({ incidents: changed, deliveries });
    closed = [...changed.filter(({ end }) => end !== null).toReversed(), ...closed].slice(0, KEPT_CLOSED);
    deliveries.forEach(queues.add);
    cancelTick?.();
    const wait = Math.min(LONGEST_WAIT_MS, Math.max(0, next - clock.monotonic()));
    cancelTick = clock.after(wait, () => safely({ type: 'tick' }));
  };
  const safely = (input: AlertInput) => {
    try {
      feed(input);
    } catch (error) {
      warn(`alerts failed: ${toFaultText(error)}`);
    }
  };
  const messageWorld = () => ({
    snapshot: session.snapshot(),
    now: clock.now(),
    pageUrl: config.pageUrl ?? options.pageUrl,
  });
  const toDeliveries = (notice: Announcement): readonly Delivery[] => {
    const rule = config.rules.find(({ name }) => name === notice.alert);
    if (!rule) return [];
    const message = toMessage(notice, {
      ...messageWorld(),
      lastWords: (uid) => session.timeline().findLast((each) => each.uid === uid && each.lastWords)?.lastWords ?? null,
    });
    return rule.to.map((target) => ({
      id: newId(),
      channel: toChannelKey(target, rule),
      addedAt: clock.now(),
      message,
    }));
  };

  const setMutes = (next: readonly Mute[]) => {
    mutes = next.filter(({ until }) => until > clock.now());
    store.setMutes(mutes);
    safely({ type: 'mutes', mutes });
  };
  const view = () => toAlertsView({ config, incidents, closed, mutes, givenUp, queues, now: clock.now() });
  const desk = createDesk({
    now: clock.now,
    view,
    mutes: () => mutes,
    setMutes,
    rules: () => config.rules,
    message: messageWorld,
  });

  const drain = () => {
    scheduled = null;
    const inputs = inbox;
    inbox = [];
    inputs.forEach(safely);
  };
  const onEvent = (event: SessionEvent) => {
    const input = toInput(event);
    if (!input || config.rules.length === 0) return;
    inbox.push(input);
    // After the engine's turn: it and its viewers come first.
    scheduled ??= setImmediate(drain);
  };
  const listen = () =>
    config.rules.some(({ forMs }) => forMs < AT_ONCE_MS) ? session.subscribe(onEvent) : session.overhear(onEvent);
  const begin = () => {
    safely({ type: 'mutes', mutes });
    safely({ type: 'snapshot', snapshot: session.snapshot() });
    if (config.heartbeat) endHeartbeat = startHeartbeat(config.heartbeat, { clock, warn });
  };
  const end = async () => {
    cancelTick?.();
    await endHeartbeat?.();
    endHeartbeat = null;
  };

  queues.open(config.rules);
  store.kept.deliveries.forEach(queues.add);
  begin();
  let unsubscribe = listen();

  return {
    desk,
    reconfigure: async (next) => {
      await end();
      const restored = incidents.open();
      config = next;
      queues.open(next.rules);
      incidents = createIncidents({ rules: next.rules, newId, restored });
      begin();
      unsubscribe();
      unsubscribe = listen();
    },
    close: async () => {
      unsubscribe();
      if (scheduled) clearImmediate(scheduled);
      drain();
      await end();
      await queues.close();
    },
  };
}

function newId(): string {
  return randomBytes(6).toString('hex');
}

function toInput(event: SessionEvent): AlertInput | null {
  switch (event.type) {
    case 'delta':
      return { type: 'changes', snapshot: event.snapshot, changes: event.delta.changes };
    case 'transitions':
      return { type: 'transitions', transitions: event.transitions };
    case 'reset':
      return { type: 'snapshot', snapshot: event.snapshot };
    case 'gap':
    case 'connection':
      return null;
  }
}
