// Versions of supervisor that still run on hosts which nobody touches, each live: what the first commands say of it.
import { accessSync } from 'node:fs';
import test from 'ava';
import type { OldSupervisor } from '../../scripts/peers/find-old-supervisors.ts';
import { OLD_SUPERVISORS, oldSupervisord } from '../../scripts/peers/find-old-supervisors.ts';
import { runMain } from '../cli/run-main.ts';
import { killProcess, startWatching, tellsCrash, writeConfig } from '../helpers/field/table-run.ts';
import { testUnless } from '../helpers/peers.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const PROGRAMS =
  "[program:web]\ncommand=sh -c 'echo hello; exec sleep 1000'\nstartsecs=0\n" +
  '[program:none]\ncommand=/nonexistent/command\nstartretries=0\n';
const LONG = { ms: 60_000 };

for (const version of OLD_SUPERVISORS) {
  testUnless(missing(version), test)(`supervisor ${version}, live: status, watch, restart and logs`, async (t) => {
    const host = await startSupervisord({ executable: oldSupervisord(version), programs: PROGRAMS });
    t.teardown(host.stop);
    t.is(await host.rpc('supervisor.getSupervisorVersion'), version);
    const config = await writeConfig(t, host.url);
    const watching = startWatching(t, ['watch', '--json', '-c', config]);
    await watching.lines.until((line) => /"source":"log"/.test(line) || undefined, { what: 'its source', ...LONG });

    const status = await runMain(['status', '-c', config]);
    t.is(status.code, 3, status.err);
    t.regex(status.out, /RUNNING +s:web:web/);
    t.regex(status.out, /FATAL +s:none:none .*can't find command/);

    const pid = await killProcess(host, 'web');
    await watching.lines.until((line) => line.includes(`"pid":${pid}`) || undefined, { what: 'the row', ...LONG });
    await watching.lines.until((line) => tellsCrash(line) || undefined, { what: 'the crash', ...LONG });
    const crashes = watching.lines.items.filter((line) => line.includes('s:web:web')).filter(tellsCrash);
    t.is(crashes.length, 1);
    t.regex(crashes[0] ?? '', /"signal":"SIGKILL"/);

    const restarted = await runMain(['restart', 'web', '--wait', '-c', config]);
    t.is(restarted.code, 0, restarted.err);
    t.not((await host.info('web')).pid, pid);
    const logs = await runMain(['logs', 'web', '-c', config]);
    t.is(logs.out, 'hello\nhello\nhello\n', logs.err);
    t.regex((await runMain(['doctor', '-c', config])).out, new RegExp(`supervisor ${version}, API 3\\.0`));
  });
}

function missing(version: OldSupervisor): string | null {
  try {
    accessSync(oldSupervisord(version));
    return null;
  } catch {
    return `supervisor ${version} is not installed`;
  }
}
