// In a file of its own: it looks at what the whole process holds open.
import test from 'ava';
import { createSupervisordLink } from '../../../src/bridge/supervisord/supervisord-link.ts';
import { eventually } from '../../helpers/deadline.ts';
import { runLink } from '../../helpers/supervisord/run-link.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';

/** The pipes of the supervisord that the test itself started are always there. */
const sockets = () => process.getActiveResourcesInfo().filter((kind) => /TCP|Pipe/.test(kind)).length;

for (const listen of ['unix', 'tcp'] as const) {
  test.serial(`a single look over ${listen} is quick and leaves nothing open`, async (t) => {
    const host = await startSupervisord({ listen, programs: '[program:web]\ncommand=sleep 1000\n' });
    t.teardown(host.stop);
    const times: number[] = [];
    const before = sockets();
    for (let round = 0; round < 6; round += 1) {
      const begun = performance.now();
      const run = runLink(createSupervisordLink(host.config()), { attended: false });
      await run.next('all');
      times.push(performance.now() - begun);
      await run.stop();
    }
    await eventually(sockets, (count) => count <= before, { what: 'all sockets are closed', ms: 1_000 });
    // The first one warms up; on a busy machine the best of them tells what it takes.
    t.true(Math.min(...times.slice(1)) < 60, `took ${times.map(Math.round).join(', ')} ms`);
  });
}
