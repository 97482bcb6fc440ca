import { existsSync } from 'node:fs';
import test from 'ava';
import { eventually } from '../deadline.ts';
import { startSupervisord } from './supervisord.ts';

for (const listen of ['unix', 'tcp', 'both'] as const) {
  test(`a supervisord (${listen}) answers, survives a kill at the same address, and leaves nothing behind`, async (t) => {
    const credentials = { username: 'u', password: 'p' };
    const host = await startSupervisord({ listen, credentials, programs: '[program:web]\ncommand=sleep 1000\n' });
    t.teardown(host.stop);
    const [before] = await host.readAll();
    t.is(before?.name, 'web');
    await host.kill();
    await host.start();
    const after = await eventually(
      () => host.info('web'),
      ({ pid }) => pid > 0,
      { what: 'web is started again' },
    );
    const daemon = host.pid();
    await host.stop();
    t.false(existsSync(host.dir));
    for (const pid of [daemon, after.pid]) t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });
}
