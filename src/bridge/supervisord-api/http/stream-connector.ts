// A supervisord that reloads closes its files from number 5 on, whosever they are. Of a stream (/mainlogtail, /logtail)
// it still holds the file that it read from: that is garbage, in a cycle, and when Python collects it, it closes that
// number once more, and with it what has the number by then: the pipe of a child, or a connection, and after that each
// connection that gets the same number. supervisord is out of reach then, or ends at the next reload.
//
// A file gets the lowest free number. So before a stream is asked for, some connections take the low ones, until it
// stands; its file gets a number that is not used again soon. Each time fewer of them, so that they do not meet the
// number of a stream of before.
import type { Socket } from 'node:net';

/** More than supervisord has open at the same time for its clients. */
const LEAST = 8;
/** What was there before may be gone meanwhile: its low numbers are taken as well. */
const FILL = 4;
/** More than are taken beyond the number of a stream: those must not meet the one of before either. */
const STEP = 6;
const STEPS = 6;
/**
 * supervisord accepts one connection in each turn of its loop, which takes seconds on a host that is short of CPU: a stream
 * that was opened before all were accepted put it out of reach at a reload. What never answers is no supervisord.
 */
const ACCEPT_MS = 15_000;

/** Answered without any work, logged in or not, and the connection stays. */
const QUESTION = 'GET /RPC2 HTTP/1.1\r\nHost: localhost\r\n\r\n';

export type StreamSocket = {
  readonly socket: Socket;
  /** Gives the low numbers back; to be called when the stream stands, or failed. */
  readonly release: () => void;
};

/** Connects for a stream whose file is to get a high number. Throws what the connection failed with. */
export type ConnectStream = (signal: AbortSignal) => Promise<StreamSocket>;

/** So many are taken at least, or the file of a stream gets no high number. */
export const LEAST_FOR_STREAM = LEAST + FILL + 2;

/** `spare`: how many files the other side can do without. */
export function createStreamConnector(connect: () => Socket, spare: () => number = () => Infinity): ConnectStream {
  let step = Math.floor(Math.random() * STEPS);
  let filling: Filling | null = null;

  /** Streams that are opened at the same time share what takes the low numbers. */
  const join = (): Filling => {
    const current = filling ?? startFilling(connect, Math.min(LEAST + STEP * step, Math.max(LEAST, spare() - FILL)));
    if (filling === null) step = (step + STEPS - 1) % STEPS;
    filling = current;
    current.users += 1;
    return current;
  };
  const part = (current: Filling) => {
    current.users -= 1;
    if (current.users > 0) return;
    if (filling === current) filling = null;
    current.end();
  };

  return async (signal) => {
    // The first of them gets the lowest number, as any short call does.
    const socket = connect();
    let failure: Error | null = null;
    const onError = (error: Error) => (failure = error);
    socket.once('error', onError);
    const current = join();
    let parted = false;
    const release = () => {
      if (!parted) part(current);
      parted = true;
    };
    await untilAborted(current.taken, signal);
    if (!socket.destroyed && !signal.aborted) await untilAborted(current.fill(), signal);
    socket.off('error', onError);
    // Node's HTTP client would wait forever for an answer over a socket that was closed before.
    if (socket.destroyed || signal.aborted) {
      release();
      socket.destroy();
      throw signal.aborted ? signal.reason : (failure ?? Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    }
    return { socket, release };
  };
}

type Filling = {
  users: number;
  /** When the first of them are accepted. */
  readonly taken: Promise<void>;
  /** Takes what has become free since, for all who ask at the same time. */
  readonly fill: () => Promise<void>;
  readonly end: () => void;
};

function startFilling(connect: () => Socket, first: number): Filling {
  const over = new AbortController();
  const others: Socket[] = [];
  /** Resolves when all of them are accepted, which they are one after the other: the last one asks. */
  const take = async (count: number) => {
    for (let taken = 1; taken < count; taken++) {
      const other = connect();
      // Nothing is said over them; whether anybody answers the first one tells.
      other.on('error', () => other.destroy());
      others.push(other);
    }
    const last = connect();
    others.push(last);
    await answerOf(last, over.signal);
  };
  const end = () => {
    over.abort();
    others.splice(0).forEach((other) => other.destroy());
  };
  let fillingUp: Promise<void> | null = null;
  const fill = (): Promise<void> => {
    fillingUp ??= take(FILL).finally(() => (fillingUp = null));
    return fillingUp;
  };
  return { users: 0, taken: take(first), fill, end };
}

async function untilAborted(taken: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const aborted = Promise.withResolvers<void>();
  const onAbort = () => aborted.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([taken, aborted.promise]);
  signal.removeEventListener('abort', onAbort);
}

/** Until anything is answered, or nothing will be. Never rejects. */
function answerOf(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ACCEPT_MS);
    signal.addEventListener('abort', done, { once: true });
    socket.once('data', done);
    socket.once('close', done);
    socket.on('error', () => socket.destroy());
    socket.write(QUESTION);
  });
}
