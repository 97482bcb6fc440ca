import type { Description } from '../link/description.ts';
import type { Detected } from './detect.ts';

/** For people who ask what answers at an address of theirs. */
export function describeDetected(detected: Detected): Description {
  switch (detected.kind) {
    case 'supervisord':
      return {
        found: detected.secure ? 'a supervisord, behind TLS' : 'a stock supervisord',
        better: detected.secure
          ? null
          : 'its port is open to whoever reaches it: a tunnel, or TLS in front, keeps it private',
      };
    case 'listener':
      return {
        found: detected.secure ? 'our listener, over TLS' : 'our listener',
        better: detected.secure ? null : 'over a network that others share, give it --tls-cert and --tls-key',
      };
    case 'multivisor-rpc':
      return {
        found: 'multivisor-rpc, the agent of the original multivisor',
        better:
          'it works, though it asks nobody for a password: run `multivisor listener` in its place on the same port, or name the port of [inet_http_server] instead (url = http://HOST:9001)',
      };
    case 'multivisor':
      return {
        found: 'a whole multivisor server, which is no supervisor',
        better:
          'connect to it with --remote HOST:PORT, or take one of its supervisors into this configuration: ' +
          `url = ${detected.secure ? 'wss' : 'ws'}://HOST:PORT/NAME`,
      };
  }
}
