import test from 'ava';
import { createDetectedLink } from '../../src/bridge/detect/detected-link.ts';
import { runLink } from '../helpers/supervisord/run-link.ts';
import { startTestServer } from '../helpers/server/server.ts';
import { openWorld } from '../helpers/core/world.ts';
import { testLink } from './link-contract.ts';

testLink({
  name: 'found out at its port',
  create: (config) => {
    const { address } = config;
    if (address.kind === 'unix') throw new Error('a socket needs no finding out');
    return createDetectedLink({ ...config, address: { ...address, protocol: 'detect' } });
  },
  options: { listen: 'tcp' },
  tellsSignal: true,
});

test('a section whose url is another multivisor is down, and says how to reach it', async (t) => {
  const world = openWorld(['a']);
  t.teardown(world.session.close);
  const server = await startTestServer(world.session);
  t.teardown(() => server.close({ drainMs: 100 }));
  const { hostname: host, port } = new URL(server.url);
  const run = runLink(
    createDetectedLink({
      name: 's',
      url: server.url,
      address: { kind: 'tcp', protocol: 'detect', host, port: Number(port), path: '/RPC2' },
      credentials: null,
      readOnly: false,
      protected: false,
      tags: [],
      origin: { file: 'test.conf', line: 1 },
    }),
  );
  t.teardown(run.stop);
  const { error } = await run.next('down');
  t.is(error.code, 'not-supervisor');
  t.is(
    error.message,
    `a multivisor server answers at ${host}:${port}, not a supervisor: connect to it with --remote ${host}:${port}, ` +
      `or take one of its supervisors in: url = ws://${host}:${port}/NAME`,
  );
  t.false(run.seen.items.some(({ type }) => type === 'all'));
});
