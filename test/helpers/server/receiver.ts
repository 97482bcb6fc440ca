// Somebody who is told: an HTTP server of this machine that keeps what comes, and answers as a test wants it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ExecutionContext } from 'ava';
import * as v from 'valibot';
import { alertMessage } from '../../../src/core/alerts/message-schema.ts';
import type { AlertMessage } from '../../../src/core/alerts/message.ts';
import type { Collector } from '../deadline.ts';
import { collect } from '../deadline.ts';

export type Received = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** performance.now() */
  readonly at: number;
};

export type Receiver = {
  readonly url: string;
  readonly port: number;
  readonly got: Collector<Received>;
  /** The bodies of our own JSON, in the order in which they were taken. */
  messages(): readonly AlertMessage[];
  /** Nothing that comes is answered until it is called again with null. */
  answer(status: number | 'never'): void;
  /** Nobody listens any more, or somebody does again, at the same port. */
  listen(listening: boolean): Promise<void>;
};

/** Ended with the test. */
export async function openReceiver(
  t: Pick<ExecutionContext, 'teardown'>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<Receiver> {
  const got = collect<Received>();
  const taken: Received[] = [];
  let status: number | 'never' = 200;
  let port = 0;
  const onRequest: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const received = { method, path, headers, body, at: performance.now() };
      if (status === 200) taken.push(received);
      got.push(received);
      if (status !== 'never') response.writeHead(status, { 'content-type': 'text/plain' }).end(`said ${status}`);
    });
  };
  let server: Server | null = null;
  const listen = async (listening: boolean) => {
    const old = server;
    server = null;
    if (old) {
      old.closeAllConnections();
      old.close();
      await once(old, 'close');
    }
    if (!listening) return;
    server = tls ? createTlsServer(tls, onRequest) : createServer(onRequest);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = address !== null && typeof address === 'object' ? address.port : 0;
  };
  await listen(true);
  t.teardown(() => listen(false));
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    got,
    messages: () => taken.map(({ body }) => v.parse(v.pipe(v.string(), v.parseJson(), alertMessage), body)),
    answer: (next) => void (status = next),
    listen,
  };
}
