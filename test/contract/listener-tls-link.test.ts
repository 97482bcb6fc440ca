import { createListenerLink } from '../../src/bridge/listener/listener-link.ts';
import { readCertificate } from '../helpers/server/certificate.ts';
import { portOpens } from '../helpers/free-port.ts';
import { LISTENER_AGENTS, listenerCommand, listenerSection } from '../helpers/agents/listener-host.ts';
import { testLink } from './link-contract.ts';

// Node reads whom to trust when it starts: whether certificates are checked is tested with the listener.
process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
const { certFile, keyFile } = await readCertificate();

for (const agent of LISTENER_AGENTS) {
  const command = await listenerCommand(agent);
  testLink({
    name: `through our listener (${agent}) over TLS`,
    create: (config, { agentPort: port }) => {
      const address = { kind: 'tcp', protocol: 'https', host: '127.0.0.1', port, path: '/RPC2' } as const;
      return createListenerLink({ ...config, address });
    },
    options: { listen: 'unix' },
    extraPrograms: (programs, port) =>
      listenerSection(`${command} --bind 127.0.0.1:${port} --tls-cert ${certFile} --tls-key ${keyFile}`) + programs,
    ready: portOpens,
    tellsSignal: true,
  });
}
