import test from 'ava';
import * as v from 'valibot';
import { status as statusSchema } from '../../../src/core/view/published/status-schema.ts';
import { eventually } from '../../helpers/deadline.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import { makeFolder, runMain } from '../run-main.ts';

/** Crashes three times, then runs. */
const SHAKY =
  '[program:shaky]\nstartsecs=0\nautorestart=unexpected\n' +
  'command=sh -c "echo >> %(here)s/turns; [ $(wc -l < %(here)s/turns) -gt 3 ] && exec sleep 1000; exit 7"\n';
const GOOD = '[program:good]\ncommand=sleep 1000\nstartsecs=0\n';

test('a first look tells how often a process crashed within a day, though nobody watched', async (t) => {
  const folder = await makeFolder();
  const [logged, silent] = await Promise.all([
    startSupervisord({ programs: SHAKY + GOOD }),
    startSupervisord({ programs: GOOD, logfile: 'syslog' }),
  ]);
  t.teardown(async () => {
    await Promise.all([logged.stop(), silent.stop()]);
    await folder.remove();
  });
  const config = await folder.write(
    'mv.conf',
    `[supervisor:a]\nurl = ${logged.url}\n[supervisor:b]\nurl = ${silent.url}\n[supervisor:c]\nurl = unix:///nowhere/s\n`,
  );
  await eventually(
    () => logged.readLog(),
    (text) => text.split('exited: shaky').length === 4 && text.split("spawned: 'shaky'").length === 5,
    { what: 'it runs after three crashes' },
  );
  const json = await runMain(['status', '--json', '-c', config]);
  const { processes } = v.parse(statusSchema, JSON.parse(json.out));
  const row = (uid: string) => processes.find((process) => process.uid === uid);
  const shaky = row('a:shaky:shaky');
  t.like(shaky, { restarts24h: 3, crashes24h: 3, state: 'RUNNING' });
  t.regex(shaky?.why ?? '', /×3 in 24 h$/);
  t.true(Math.abs(Date.parse(shaky?.lastCrashAt ?? '') - Date.now()) < 60_000);
  t.like(row('a:good:good'), { restarts24h: 0, crashes24h: 0, lastCrashAt: null, why: '' });
  t.like(row('b:good:good'), { restarts24h: null, crashes24h: null, lastCrashAt: null });
  const table = await runMain(['status', 'a:*', '-c', config]);
  t.regex(table.out, /a:shaky:shaky .*×3 in 24 h\n/);
});
