import { setDefaultCACertificates } from 'node:tls';
import { createListenerLink } from '../../src/bridge/listener/listener-link.ts';
import { readCertificate } from '../helpers/server/certificate.ts';
import { portOpens } from '../helpers/free-port.ts';
import { LISTENER_AGENTS, listenerCommand, listenerSection } from '../helpers/agents/listener-host.ts';
import { testLink } from './link-contract.ts';

const { certFile, keyFile, cert } = await readCertificate();
setDefaultCACertificates([cert]);

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
