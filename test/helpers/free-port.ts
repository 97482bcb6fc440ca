import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { eventually } from './deadline.ts';

/** Free a moment ago; the kernel does not hand out the same one again soon. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return address.port;
}

/** Resolves when somebody listens there. */
export async function portOpens(port: number): Promise<void> {
  const connects = async () => {
    const socket = connect({ host: '127.0.0.1', port });
    try {
      await once(socket, 'connect');
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  };
  await eventually(connects, (open) => open, { what: `a listener on port ${port}`, ms: 20_000 });
}
