// Many waits at once on one signal, or calls over one socket, are no leak, and nobody is to read of one.
import test from 'ava';
import { deadline, eventually } from '../helpers/deadline.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { makeFolder, startChild } from './run-main.ts';

const COUNT = 200;
const LIMIT_MS = 100_000;
const PROGRAMS = `
[program:p]
command=sleep 1000
process_name=p%(process_num)03d
numprocs=${COUNT}
startsecs=0
`;

for (const listen of ['unix', 'tcp'] as const) {
  for (const args of [['--wait'], ['--batch', '100', '--wait']]) {
    test.serial(`${['restart', ...args].join(' ')} of ${COUNT} over ${listen} warns of nothing`, async (t) => {
      t.timeout(4 * LIMIT_MS);
      const [host, folder] = await Promise.all([startSupervisord({ programs: PROGRAMS, listen }), makeFolder()]);
      t.teardown(() => Promise.all([host.stop(), folder.remove()]));
      await eventually(host.readAll, (all) => all.every(({ statename }) => statename === 'RUNNING'), {
        what: 'all of them run',
        ms: LIMIT_MS,
      });
      const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
      const { child, lines, stderr, ended } = startChild(['restart', 'p:*', ...args, '-y', '-c', config], {
        unbounded: true,
      });
      t.teardown(() => child.kill('SIGKILL'));
      t.is(await deadline(ended, LIMIT_MS, 'the restart'), 0, lines.items.join('\n'));
      t.is(stderr(), `restart: ${COUNT} done\n`);
    });
  }
}
