// The client side of the listener's events.
import type { EventMemory, FollowOptions } from '../events/watch-events.ts';
import { parsePayload } from '../events/supervisor-event.ts';
import { LinkFailure, placeOf } from '../link/link-failure.ts';
import { createLineSplitter } from '../link/line-splitter.ts';
import type { Transport } from '../supervisord-api/http/transport.ts';
import { parseLine } from './parse-line.ts';
import type { ListenerHello } from './protocol.ts';
import { ALIVE_MS, EVENTS_PATH, PROTOCOL } from './protocol.ts';

export type EventSource = {
  readonly transport: Transport;
  readonly serials: EventMemory['serials'];
  /** Of the supervisord that the serials are of; null: none yet. */
  supervisord: number | null;
};

/** So long without a line: the host is gone, or its listener hangs. */
const SILENCE_MS = 3 * ALIVE_MS;

/** Until the stream ends, and why. Throws LinkFailure. */
export async function followListener(source: EventSource, options: FollowOptions): Promise<string> {
  const { transport, serials } = source;
  const { onOpen, onAgent, onEvents } = options;
  const place = placeOf(transport.address);
  const after = serials.last();
  const path = after === null ? EVENTS_PATH : `${EVENTS_PATH}?after=${after}`;
  const response = await transport.open(path, { signal: options.signal });
  const splitter = createLineSplitter();
  let greeted = false;
  let why = 'the listener ended them';
  let silence: NodeJS.Timeout | undefined;

  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      why = 'the listener went silent';
      response.destroy();
    }, SILENCE_MS);
  };
  const greet = (hello: ListenerHello) => {
    if (hello.protocol > PROTOCOL) {
      throw new LinkFailure(
        'protocol',
        `the listener at ${place} speaks protocol ${hello.protocol}: update this multivisor`,
      );
    }
    greeted = true;
    // Another supervisord counts from the start; without any event so far, the next one follows on from here.
    const same = source.supervisord === hello.supervisord;
    source.supervisord = hello.supervisord;
    if (!same || serials.last() === null) serials.moveTo(hello.last);
    onAgent(hello.process);
    onOpen();
  };
  const take = (text: string) => {
    const line = parseLine(text);
    if (line === null || (line.type !== 'hello' && !greeted)) {
      throw new LinkFailure('protocol', `${place} answers with something else than the lines of a listener`);
    }
    if (line.type === 'hello') greet(line);
    if (line.type !== 'event') return [];
    const { event: name, payload, poolserial: poolSerial } = line;
    return [{ name, payload: parsePayload(payload), poolSerial, exitStatus: null }];
  };

  heard();
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue;
      heard();
      const events = splitter.push(chunk).flatMap(take);
      if (events.length > 0) onEvents(events);
    }
  } catch (error) {
    if (error instanceof LinkFailure) throw error;
    // Cut off, by whatever is in between or by us.
  } finally {
    clearTimeout(silence);
    response.destroy();
  }
  return why;
}
