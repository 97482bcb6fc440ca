import { createMultivisorLink } from '../../src/bridge/multivisor/multivisor-link.ts';
import { serveSupervisor } from '../helpers/server/serve-supervisor.ts';
import { testLink } from './link-contract.ts';

testLink({
  name: 'through a multivisor server',
  create: async (config, _host, scope) => {
    const server = await serveSupervisor(scope, config, 'lid001');
    return createMultivisorLink(server.linkConfig());
  },
  options: { listen: 'unix' },
  tellsSignal: true,
});

testLink({
  name: 'through two multivisor servers, one behind the other',
  create: async (config, _host, scope) => {
    const inner = await serveSupervisor(scope, config, 'deep');
    const outer = await serveSupervisor(scope, inner.linkConfig(), 'lid001');
    return createMultivisorLink(outer.linkConfig());
  },
  options: { listen: 'unix' },
  tellsSignal: true,
});
