// One supervisor as a multivisor server sees it, over one line: from the dialling until it fails or is aborted.
import type { Observation } from '../../core/observation.ts';
import { LONGEST_NAME } from '../../core/sayable.ts';
import { bytesInJson } from '../../core/wire/message-size.ts';
import type { ServerMessage } from '../../core/wire/messages.ts';
import { MAX_REREAD_NAMES } from '../../core/wire/messages.ts';
import { LinkFailure } from '../link/link-failure.ts';
import { crowdOf, inCrowd } from '../link/poll-interval.ts';
import type { Keepalive } from '../link/keepalive.ts';
import { startKeepalive } from '../link/keepalive.ts';
import type { LinkOptions } from '../link/link-options.ts';
import { isLong, tellInParts } from '../link/tell-in-parts.ts';
import type { Watch } from '../link/watched-link.ts';
import type { Watching } from '../link/watched-link.ts';
import type { LinkLineOptions, LinkLine } from './link-line.ts';

export type RelayWatchOptions = Watching & {
  readonly place: string;
  /** As that server calls it. */
  readonly supervisor: string;
  readonly linkOptions: Pick<LinkOptions, 'keepalive'>;
  readonly open: (options: Omit<LinkLineOptions, 'nextId'>) => Promise<LinkLine>;
  readonly nextId: () => number;
  /** It was open before: what was told in between did not come. */
  readonly again: boolean;
  /** From now on this line stands; null: none does. */
  readonly onLine: (line: LinkLine | null) => void;
  /** What is no news of the supervisor. */
  readonly onMessage: (message: ServerMessage) => void;
};

/** Of a message that asks for some: whoever would have to name more asks for all. */
const MOST_NAMES_BYTES = 32 * 1024;

export function startRelayWatch(options: RelayWatchOptions): Watch {
  const { place, supervisor, linkOptions, observe, route } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const id = options.nextId();
  let line: LinkLine | null = null;
  let keepalive: Keepalive | null = null;
  let failure: LinkFailure | null = null;
  let wasUp = false;

  const fail = (error: unknown) => {
    if (signal.aborted) return;
    failure = error instanceof LinkFailure ? error : new LinkFailure('protocol', String(error), { cause: error });
    over.abort();
  };

  /** Heard here it is as old as it was there and the way here took. */
  const retell = (observation: Observation) => {
    const roundTripMs = line?.roundTripMs() ?? 0;
    switch (observation.type) {
      case 'all': {
        const askedMsAgo = (observation.askedMsAgo ?? 0) + roundTripMs / 2;
        return observe({ ...observation, askedMsAgo, latencyMs: observation.latencyMs + roundTripMs });
      }
      case 'some':
        return observe({ ...observation, askedMsAgo: (observation.askedMsAgo ?? 0) + roundTripMs / 2 });
      case 'down': {
        const { code, message } = observation.error;
        return observe({ type: 'down', error: { code, message: `${place} says: ${message}` } });
      }
      case 'connecting':
      case 'identity':
      case 'transitions':
      case 'source':
      case 'agent':
      case 'notes':
      case 'gap':
        return observe(observation);
    }
  };
  const hear = (observation: Observation) => {
    const isFirst = !wasUp;
    wasUp = true;
    if (isFirst && options.again) {
      observe({ type: 'gap', message: `the line to ${place} was lost: what was told meanwhile did not come` });
    }
    // That it is being connected to was told before it was dialled.
    if (!isFirst || observation.type !== 'connecting') retell(observation);
  };

  /** A long reading is being told in parts: what was said after it waits. */
  let telling: Promise<void> | null = null;
  const hearInParts = async (observation: Observation, before: Promise<void> | null) => {
    await before;
    if (observation.type === 'all') {
      const { hostNow } = observation;
      const tell = (readings: typeof observation.readings) => hear({ type: 'some', readings, gone: [], hostNow });
      await tellInParts(observation.readings, tell, signal);
    }
    if (!signal.aborted) hear(observation);
  };
  const hearInTurn = (observation: Observation) => {
    if (telling === null && !(observation.type === 'all' && isLong(observation.readings))) return hear(observation);
    const told = hearInParts(observation, telling)
      .catch(fail)
      .finally(() => {
        if (telling === told) telling = null;
      });
    telling = told;
  };

  const onMessage = (message: ServerMessage) => {
    if (signal.aborted) return;
    keepalive?.beat();
    if (message.type === 'observation' && message.id === id) hearInTurn(message.observation);
    else if (message.type === 'link-route' && message.id === id) {
      if (!route || !message.engines.includes(route.self)) return route?.through(message.engines);
      const words = `leads back to this multivisor: ${place} has it from here; name another server, or the supervisor itself`;
      fail(new LinkFailure('not-supervisor', `"${supervisor}" ${words}`));
    } else if (message.type === 'link-end' && message.id === id) {
      const isThere = message.error.code !== 'not-found' || wasUp;
      const words = `the multivisor server at ${place}: ${message.error.message}`;
      fail(new LinkFailure(isThere ? 'closed' : 'not-supervisor', words));
    } else options.onMessage(message);
  };

  const afterMs = () => {
    const { attendedMs, unattendedMs } = linkOptions.keepalive;
    return inCrowd(options.attended() ? attendedMs : unattendedMs, crowdOf(options.among()));
  };
  const contact = async () => {
    const opened = await options.open({ onMessage, signal });
    line = opened;
    opened.say({ type: 'link-open', id, supervisor, watched: options.attended() });
    options.onLine(opened);
    keepalive = startKeepalive({ afterMs, ping: opened.ping, onFailure: fail, signal });
    fail(await opened.closed);
  };

  const ended = contact()
    .catch(fail)
    .then(() => {
      over.abort();
      options.onLine(null);
      return { failure, wasUp };
    });

  return {
    reread: (names) => {
      line?.say({ type: 'link-look', id, names: canBeNamed(names) ? [...names] : [] });
    },
    attendanceChanged: () => {
      line?.say({ type: 'link-attend', id, watched: options.attended() });
      keepalive?.check();
    },
    ended,
  };
}

/** A server ends the line of whoever says what it does not read. */
function canBeNamed(names: readonly string[]): boolean {
  return (
    names.length <= MAX_REREAD_NAMES &&
    names.every(({ length }) => length <= LONGEST_NAME) &&
    bytesInJson(names.join('')) <= MOST_NAMES_BYTES
  );
}
