import test from 'ava';
import { createRemoteSession } from '../../src/bridge/multivisor/remote-session.ts';
import { eventually } from '../helpers/deadline.ts';
import { startTestServer } from '../helpers/server/server.ts';
import { realClock } from '../helpers/core/world.ts';
import { testSessionContract } from './session-contract.ts';

testSessionContract(test, {
  name: 'remote',
  open: async (world) => {
    const server = await startTestServer(world.session);
    const session = createRemoteSession({ url: server.url, clock: realClock });
    await eventually(
      () => session.connection().state,
      (state) => state === 'live',
      { what: 'the remote session is live' },
    );
    return { session, close: () => server.close({ drainMs: 100 }) };
  },
});
