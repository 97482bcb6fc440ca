import test from 'ava';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import { createFakeLink } from '../../helpers/core/fake-link.ts';
import { createManualClock } from '../../helpers/core/manual-clock.ts';
import { reading, spec } from '../../helpers/core/readings.ts';

test('who has it reread is not answered with what was asked before', async (t) => {
  const link = createFakeLink();
  const clock = createManualClock();
  const supervisors = [{ spec: spec('a'), link }];
  const session = createLocalSession({ name: 'l', epoch: 'e', by: 'o', supervisors, clock });
  const all = { type: 'all', readings: [reading('g:x', 'RUNNING')], hostNow: null, latencyMs: 1, pollMs: 1 } as const;
  let settled = false;
  const again = session.awaitReread('a', [], { signal: new AbortController().signal }).then(() => (settled = true));
  link.emit({ ...all, askedMsAgo: 50 });
  await Promise.resolve();
  t.false(settled, 'it was under way already: what was just added is not in it');
  link.emit({ ...all, askedMsAgo: 0 });
  t.true(await again);
  await session.close();
});
