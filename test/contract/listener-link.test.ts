import { createListenerLink } from '../../src/bridge/listener/listener-link.ts';
import { portOpens } from '../helpers/free-port.ts';
import { LISTENER_AGENTS, listenerCommand, listenerSection } from '../helpers/agents/listener-host.ts';
import { testLink } from './link-contract.ts';

for (const agent of LISTENER_AGENTS) {
  const command = await listenerCommand(agent);
  testLink({
    name: `through our listener (${agent})`,
    create: (config, { agentPort: port }) => {
      const address = { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port, path: '/RPC2' } as const;
      return createListenerLink({ ...config, address });
    },
    options: { listen: 'unix' },
    extraPrograms: (programs, port) => listenerSection(`${command} --bind 127.0.0.1:${port}`) + programs,
    ready: portOpens,
    tellsSignal: true,
  });
}
