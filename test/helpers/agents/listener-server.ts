import { once } from 'node:events';
import type { ExecutionContext } from 'ava';
import { createEventHub } from '../../../src/bridge/listener/event-hub.ts';
import type { ServeOptions } from '../../../src/bridge/listener/serve.ts';
import { createListenerServer } from '../../../src/bridge/listener/serve.ts';

/** The port of our listener without a supervisord under which it runs: events come from the test. */
export async function listenerServer(t: ExecutionContext, options: Partial<ServeOptions> = {}) {
  const hub = createEventHub();
  const server = createListenerServer({
    hub,
    token: null,
    tls: null,
    target: null,
    supervisord: 1,
    process: null,
    ...options,
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return { hub, port: address.port };
}
