// At level debug supervisord copies what programs write into its own log: a line of another supervisord looks like its own.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { createSupervisordLink } from '../../src/bridge/supervisord/supervisord-link.ts';
import { runLink } from '../helpers/supervisord/run-link.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const LIES: readonly { readonly title: string; readonly line: string }[] = [
  { title: 'a crash', line: '2026-01-31 12:00:00,123 INFO exited: web (exit status 1; not expected)' },
  { title: 'a start under another pid', line: "2026-01-31 12:00:00,123 INFO spawned: 'web' with pid 1" },
  {
    title: 'a surrender',
    line: '2026-01-31 12:00:00,123 INFO gave up: web entered FATAL state, too many start retries',
  },
];

for (const { title, line } of LIES) {
  test(`a program that prints ${title} of another supervisord's log is not believed, and a real crash is told`, async (t) => {
    const host = await startSupervisord({
      loglevel: 'debug',
      programs:
        '[program:web]\ncommand=sleep 1000\nstartsecs=0\n' +
        '[program:liar]\ncommand=bash -c "cat lies; exec sleep 1000"\ndirectory=%(here)s\nstartsecs=0\nautostart=false\n',
    });
    t.teardown(host.stop);
    await writeFile(join(host.dir, 'lies'), `first\n${line}\nlast\n`);
    const run = runLink(createSupervisordLink(host.config()));
    t.teardown(run.stop);
    await run.untilState('web:web', 'RUNNING');
    await run.seen.until((seen) => (seen.type === 'source' && seen.source === 'log') || undefined, { what: 'the log' });
    const from = run.seen.items.length;
    await host.rpc('supervisor.startProcess', 'liar', false);
    await run.untilTold('liar:liar', 'RUNNING', { from });
    // By then all was read again, which refutes it.
    await run.next('all', { from: run.seen.items.length });
    const { pid } = await host.info('web');
    process.kill(pid, 'SIGKILL');
    await run.untilTold('web:web', 'RUNNING', { from });
    const story = run.told('web:web', from).map(({ to, reason }) => (reason ? `${to} ${reason.kind}` : to));
    t.deepEqual(story, ['EXITED signal', 'STARTING', 'RUNNING']);
  });
}
