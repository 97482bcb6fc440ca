// supervisord looks at its tail streams once per turn of its loop and not again within 0.1 s, and its loop may sleep for
// a second: a line that is written just after another wake-up waits for the next. Any readable socket is a wake-up, so
// we send a request byte by byte: nothing is parsed, answered or logged until it is complete. It is completed now and
// then, because its answer (400: it is a GET) is the cheapest sign of life there is.
import { toWholeSecond } from '../../link/poll-interval.ts';
import type { OpenRequest } from '../../supervisord-api/http/transport.ts';

export type WakeLoopOptions = {
  readonly connect: () => OpenRequest;
  /** Asked before each wake-up; null: none for now. */
  readonly intervalMs: () => number | null;
  /** How often to complete the request. */
  readonly answerEveryMs: number;
  readonly onAnswer: () => void;
  readonly signal: AbortSignal;
};

/** No wake-up is wanted now, or none is possible: ask again then, unless checked. */
const IDLE_MS = 60_000;

export type WakeLoop = {
  /** Whether wake-ups are wanted may have changed. */
  check(): void;
};

/** Runs until aborted. Failures are no concern of its own: an answer that does not come is missed by whoever waits. */
export function startWakeLoop({ connect, intervalMs, answerEveryMs, onAnswer, signal }: WakeLoopOptions): WakeLoop {
  let open: OpenRequest | null = null;
  let begun = 0;
  let timer: NodeJS.Timeout | undefined;

  const drop = () => {
    open?.socket.destroy();
    open = null;
  };
  /** `end`: of the request before. */
  const begin = ({ socket, head }: OpenRequest, end = '') => {
    begun = performance.now();
    socket.write(`${end}${head}X-Nudge: `);
  };
  const start = () => {
    const opened = connect();
    open = opened;
    const { socket } = opened;
    socket.setNoDelay(true);
    socket.on('data', onAnswer);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (open === opened) open = null;
    });
    begin(opened);
  };
  const tick = () => {
    clearTimeout(timer);
    if (signal.aborted) return;
    const wait = intervalMs();
    if (wait === null) drop();
    else if (open === null) start();
    else if (!open.socket.connecting) {
      if (performance.now() - begun < answerEveryMs) open.socket.write('.');
      else begin(open, '\r\n\r\n');
    }
    timer = setTimeout(tick, toWholeSecond(wait ?? IDLE_MS, Date.now()));
  };

  signal.addEventListener(
    'abort',
    () => {
      clearTimeout(timer);
      drop();
    },
    { once: true },
  );
  tick();
  return {
    check: () => {
      if (open === null) tick();
    },
  };
}
