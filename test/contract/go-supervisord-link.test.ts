import { DEFAULT_POLL_INTERVALS } from '../../src/bridge/link/poll-interval.ts';
import { createSupervisordLink } from '../../src/bridge/supervisord/supervisord-link.ts';
import { startGoSupervisord } from '../helpers/field/go-supervisord.ts';
import { testLink } from './link-contract.ts';

/** What a reading costs the stand-in says nothing of what it costs. */
const OFTEN = { ...DEFAULT_POLL_INTERVALS, attendedPoll: { floorMs: 1_000, share: 1 } };

testLink({
  name: 'to a stand-in for the supervisord in Go',
  create: async (config, host, t) => {
    const go = await startGoSupervisord(host);
    t.teardown(go.stop);
    const address = { kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: go.port, path: '/RPC2' } as const;
    return createSupervisordLink({ ...config, address }, { pollIntervals: OFTEN });
  },
  tellsSignal: false,
  polls: true,
  tellsSpawnErrors: false,
  version: '3.0 (Go)',
  // It takes any signal, stops what is removed, and tells of no start that fails.
  refusals: [
    [{ op: 'start', target: 'no:such' }, 'not-found'],
    [{ op: 'stop', target: 'web:nobody' }, 'not-found'],
    [{ op: 'signal', target: 'web:nobody', signal: 'HUP' }, 'not-found'],
    [{ op: 'add-group', group: 'nobody' }, 'not-found'],
    [{ op: 'remove-group', group: 'nobody' }, 'not-found'],
  ],
});
