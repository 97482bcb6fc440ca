// A viewer that asks and does not read, says what is none, and comes again when it is sent away.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { encodeClientMessage } from '../../src/core/wire/codec.ts';
import { SUBPROTOCOL } from '../../src/core/wire/messages.ts';

const PINGS_AT_ONCE = 500;
const STEP_MS = 5;

export type HostileViewer = {
  /** With which codes it was sent away so far. */
  readonly codes: readonly number[];
  stop(): Promise<void>;
};

export function startHostileViewer(url: string): HostileViewer {
  const over = new AbortController();
  const codes: number[] = [];
  const visit = async (turn: number): Promise<void> => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, SUBPROTOCOL);
    // Sent away is what it is after.
    socket.on('error', () => socket.terminate());
    const closed = new Promise<void>((resolve) => {
      socket.once('close', (code) => {
        codes.push(code);
        resolve();
      });
    });
    await Promise.race([once(socket, 'open'), closed]);
    socket.send(encodeClientMessage({ type: 'hello', resume: null }));
    if (turn % 3 === 0) socket.send('x'.repeat(70_000));
    if (turn % 3 === 1) socket.send('['.repeat(60_000));
    if (turn % 3 === 2) socket.pause();
    let id = 0;
    const end = performance.now() + 10_000;
    while (socket.readyState === WebSocket.OPEN && performance.now() < end && !over.signal.aborted) {
      for (let i = 0; i < PINGS_AT_ONCE; i++) socket.send(encodeClientMessage({ type: 'ping', id: (id += 1) }));
      await delay(STEP_MS);
    }
    socket.resume();
    socket.terminate();
    await closed;
  };
  const visits = async (): Promise<void> => {
    for (let turn = 0; !over.signal.aborted; turn += 1) await visit(turn);
  };
  const ended = visits();
  return {
    codes,
    stop: async () => {
      over.abort();
      await ended;
    },
  };
}
