// A supervisord that reloads closes its files from number 5 on, whosever they are. Of a stream (/mainlogtail, /logtail)
// it still holds the file that it read from: that is garbage, in a cycle, and when Python collects it, it closes that
// number once more, and with it what has the number by then: the pipe of a child, or a connection, and after that each
// connection that gets the same number. supervisord is out of reach then, or ends at the next reload.
//
// A file gets the lowest free number. So before a stream is asked for, some connections take the low ones, until it
// stands; its file gets a number that is not used again soon. Each time fewer of them, so that they do not meet the
// number of a stream of before.
import type { Socket } from 'node:net';
import { pause } from './pause.ts';

/** More than supervisord has open at the same time for its clients. */
const LEAST = 8;
const STEP = 4;
const STEPS = 8;
/** Until connections that were there before are closed: their numbers are taken as well. */
const SETTLE_MS = 30;

export type StreamSocket = {
  readonly socket: Socket;
  /** Gives the low numbers back; to be called when the stream stands, or failed. */
  readonly release: () => void;
};

/** Connects for a stream whose file is to get a high number. Throws what the connection failed with. */
export type ConnectStream = (signal: AbortSignal) => Promise<StreamSocket>;

export function createStreamConnector(connect: () => Socket): ConnectStream {
  let step = Math.floor(Math.random() * STEPS);
  return async (signal) => {
    // The first of them gets the lowest number, as any short call does.
    const socket = connect();
    let failure: Error | null = null;
    const onError = (error: Error) => (failure = error);
    socket.once('error', onError);
    const others: Socket[] = [];
    const take = (count: number) => {
      for (let taken = 0; taken < count; taken++) {
        const other = connect();
        // Nothing is said over them; whether anybody answers the first one tells.
        other.on('error', () => other.destroy());
        others.push(other);
      }
    };
    const release = () => others.forEach((other) => other.destroy());
    take(LEAST + STEP * step);
    step = (step + STEPS - 1) % STEPS;
    await pause(SETTLE_MS, signal);
    socket.off('error', onError);
    // Node's HTTP client would wait forever for an answer over a socket that was closed before.
    if (socket.destroyed || signal.aborted) {
      release();
      socket.destroy();
      throw signal.aborted ? signal.reason : (failure ?? Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    }
    take(LEAST);
    return { socket, release };
  };
}
