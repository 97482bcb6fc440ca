import type { ExecutionContext } from 'ava';
import type { ServerOptions } from '../../src/server/options.ts';
import { startTestServer } from './server.ts';
import { openWorld } from './world.ts';

/** Supervisors a and b behind a server, all of it ended with the test. */
export async function openServed(t: ExecutionContext, options: Partial<ServerOptions> = {}) {
  const world = openWorld(['a', 'b']);
  const server = await startTestServer(world.session, options);
  t.teardown(async () => {
    await server.close({ drainMs: 10 });
    await world.session.close();
  });
  return { ...world, server };
}
