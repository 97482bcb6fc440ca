import { createSupervisordLink } from '../../src/bridge/supervisord/supervisord-link.ts';
import type { LinkKind } from './link-contract.ts';
import { testLink } from './link-contract.ts';

const STOCK: Pick<LinkKind, 'create' | 'tellsSignal'> = {
  create: (config) => createSupervisordLink(config),
  tellsSignal: true,
};

testLink({ ...STOCK, name: 'over a unix socket', options: { listen: 'unix' } });
testLink({
  ...STOCK,
  name: 'over TCP, with a password',
  options: { listen: 'tcp', credentials: { username: 'me', password: 'pa:ss wörd' } },
});
