// A way to a port of this machine that a test can cut.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

export type Cuttable = {
  readonly url: string;
  readonly port: number;
  cut(): void;
  refuse(refuse: boolean): void;
};

/** Ended with the test. */
export async function openCuttable(t: Pick<ExecutionContext, 'teardown'>, target: number): Promise<Cuttable> {
  const sockets = new Set<Socket>();
  let refusing = false;
  const server = createServer((inner) => {
    if (refusing) return inner.destroy();
    const outer = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => from.destroy());
      from.once('close', () => (sockets.delete(from), to.destroy()));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const cut = () => sockets.forEach((socket) => socket.destroy());
  t.teardown(async () => {
    cut();
    server.close();
    await once(server, 'close');
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    cut,
    refuse: (refuse) => void (refusing = refuse),
  };
}
