// The clock of this machine is set back while a command watches: libfaketime moves the wall clock of a real process, and
// of nothing else.
import { chmod } from 'node:fs/promises';
import test from 'ava';
import { findSupervisord } from '../../scripts/peers/find-supervisord.ts';
import { findFaketime, openClock } from '../helpers/field/settable-clock.ts';
import { testWith } from '../helpers/peers.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { makeFolder, runMain, startChild } from './run-main.ts';

const testWithFaketime = testWith('faketime', test);
const PROGRAMS = '[program:web]\ncommand=sleep 1000\nstartsecs=0\n';

testWithFaketime('clock back 1 h under watch: a stop is told at once, and with the clock of then', async (t) => {
  const host = await startSupervisord({ programs: PROGRAMS });
  const folder = await makeFolder();
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  const clock = await openClock(folder.path);
  const { lines, child } = startChild(['watch', '--json', '-c', config], { env: clock.env });
  t.teardown(() => child.kill('SIGKILL'));
  const first = await lines.until((line) => line, { what: 'the snapshot', ms: 60_000 });
  t.true(first.includes('"RUNNING"'), first);

  await clock.set(-3_600);
  await host.rpc('supervisor.stopProcess', 'web');
  const told = await lines.until((line) => (line.includes('"to":"STOPPED"') ? line : undefined), {
    what: 'that it is stopped',
    ms: 8_000,
  });
  const ts = Date.parse(String(Reflect.get(Object(JSON.parse(told)), 'ts')));
  t.true(Date.now() - ts > 3_500_000, 'the clock was set back, and what is shown goes by it');
});

testWithFaketime('a host an hour ahead: its uptimes are right, and doctor says what its clock does', async (t) => {
  const folder = await makeFolder();
  const real = await findSupervisord();
  // Not by the program of that name, which forks: what is ended at the end must be supervisord itself.
  const preload = `LD_PRELOAD='${findFaketime()}' FAKETIME=+1h`;
  const wrapper = await folder.write('supervisord', `#!/bin/sh\n${preload} exec '${real}' "$@"\n`);
  await chmod(wrapper, 0o755);
  const host = await startSupervisord({ programs: PROGRAMS, executable: wrapper });
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  const status = await runMain(['status', '-c', config, '--json']);
  const [web] = JSON.parse(status.out).processes;
  t.true(web.uptimeSeconds >= 0 && web.uptimeSeconds < 60, status.out);
  const { out } = await runMain(['doctor', '-c', config]);
  t.regex(out, /3[56]\d\d s ahead of this machine/);
  t.regex(out, /uptimes are counted by it, so they are off for what was started before it went wrong/);
  t.false(out.includes('right all the same'));
});
