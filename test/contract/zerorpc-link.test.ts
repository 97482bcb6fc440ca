import test from 'ava';
import { multivisorRpcPaths } from '../../scripts/peers/find-multivisor-rpc.ts';
import { createZerorpcLink } from '../../src/bridge/zerorpc/zerorpc-link.ts';
import { portOpens } from '../helpers/free-port.ts';
import { RPC_VARIANTS, agentSection } from '../helpers/agents/multivisor-rpc.ts';
import { findPeer, testWith } from '../helpers/peers.ts';
import { testLink } from './link-contract.ts';

testWith('multivisor-rpc', test)('there is a real multivisor-rpc to hold the link against', (t) => {
  t.not(findPeer('multivisor-rpc'), null);
});

if (findPeer('multivisor-rpc') !== null) {
  for (const variant of RPC_VARIANTS) {
    testLink({
      name: `through a real multivisor-rpc (${variant})`,
      create: (config, { agentPort: port }) => {
        const address = { kind: 'tcp', protocol: 'detect', host: '127.0.0.1', port, path: '/RPC2' } as const;
        return createZerorpcLink({ ...config, address });
      },
      options: { listen: 'unix', executable: multivisorRpcPaths().supervisord },
      extraPrograms: (programs, port) => `${agentSection(variant, { port })}\n${programs}`,
      ready: portOpens,
      tellsSignal: true,
    });
  }
}
