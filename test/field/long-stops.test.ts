// Programs that need long to stop: a restart, an update and a stop wait for them, and leave nothing down.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import test from 'ava';
import { findSupervisord } from '../../scripts/peers/find-supervisord.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { startChild } from '../cli/run-main.ts';
import { eventually } from '../helpers/deadline.ts';
import { deaf, slow, untilStopping } from '../helpers/field/stoppers.ts';
import { writeConfig } from '../helpers/field/table-run.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const STOPPERS = [
  { title: 'needs 8 s to stop', program: (more: string) => slow('worker', 8, more) },
  { title: 'needs 70 s to stop', program: (more: string) => slow('worker', 70, `stopwaitsecs=100\n${more}`) },
  { title: 'ignores TERM until it is killed', program: (more: string) => deaf('worker', `stopwaitsecs=8\n${more}`) },
] as const;

const ACTS = [
  { line: ['restart', '--wait', 'worker'], state: 'RUNNING' },
  { line: ['update', 's'], state: 'RUNNING' },
  { line: ['stop', '--wait', 'worker'], state: 'STOPPED' },
] as const;

const version = (number: number) => `environment=V="${number}"`;

for (const { title, program } of STOPPERS) {
  for (const { line, state } of ACTS) {
    test(`${line[0]} of a program that ${title} waits for it, and it is ${state} afterwards`, async (t) => {
      const host = await startSupervisord({ programs: program(version(1)) });
      t.teardown(host.stop);
      const config = await writeConfig(t, host.url);
      const before = await host.info('worker');
      await host.setPrograms(program(version(2)));
      const began = performance.now();
      const acting = startChild([...line, '-y', '-c', config], { unbounded: true });
      t.is(await acting.ended, 0, acting.lines.items.join('\n') + acting.stderr());
      const after = await host.info('worker');
      t.is(after.statename, state);
      if (state === 'RUNNING') t.not(after.pid, before.pid);
      t.log(`${line[0]}: ${Math.round((performance.now() - began) / 100) / 10} s, then ${after.statename}`);
    });
  }
}

test('with stopwaitsecs=3600, as Laravel wants it, --timeout ends the waiting of each act, which names what is down', async (t) => {
  for (const { line } of ACTS) {
    const host = await startSupervisord({ programs: deaf('worker', `stopwaitsecs=3600\n${version(1)}`) });
    t.teardown(host.stop);
    const config = await writeConfig(t, host.url);
    await host.setPrograms(deaf('worker', `stopwaitsecs=3600\n${version(2)}`));
    const acting = startChild([...line, '--timeout', '1s', '-y', '-c', config]);
    t.is(await acting.ended, EXIT.timedOut);
    const told = acting.lines.items.join('\n');
    t.regex(told, /s:worker:worker .*still STOPPING/, told);
    if (line[0] !== 'stop') t.regex(told, /stays down/, told);
  }
});

test('supervisorctl, interrupted in the middle of a restart, leaves the process down; multivisor brings it up', async (t) => {
  const host = await startSupervisord({ programs: slow('theirs', 4) + slow('ours', 4) });
  t.teardown(host.stop);
  const config = await writeConfig(t, host.url);
  const ours = startChild(['restart', '--wait', 'ours', '-c', config], { unbounded: true });
  const supervisorctl = join(dirname(await findSupervisord()), 'supervisorctl');
  const theirs = spawn(supervisorctl, ['-s', host.url, 'restart', 'theirs'], { stdio: 'ignore' });
  const theirEnd = once(theirs, 'exit');
  await Promise.all([untilStopping(host, 'theirs'), untilStopping(host, 'ours')]);
  theirs.kill('SIGTERM');
  ours.child.kill('SIGTERM');
  await Promise.all([theirEnd, ours.ended]);
  const left = await eventually(
    () => host.info('theirs'),
    ({ statename }) => statename !== 'STOPPING',
    { what: 'it has stopped' },
  );
  t.true(['STOPPED', 'EXITED'].includes(left.statename), left.statename);
  t.is((await host.info('ours')).statename, 'RUNNING');
  t.log(`supervisorctl: ${left.statename}; multivisor: RUNNING`);
});
