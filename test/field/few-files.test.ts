// A supervisord that may open few files, as minfds=64 makes one where nothing allows it more.
import { chmod } from 'node:fs/promises';
import test from 'ava';
import { findSupervisord } from '../../scripts/peers/find-supervisord.ts';
import { makeFolder } from '../cli/run-main.ts';
import { eventually } from '../helpers/deadline.ts';
import { killProcess, startWatching, tellsCrash, writeConfig } from '../helpers/field/table-run.ts';
import { countOpenFiles } from '../helpers/supervisord/open-files.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const FILES = 64;
const COUNT = 6;
const PROGRAMS = `[program:w]\ncommand=sh -c 'echo hello; exec sleep 1000'\nprocess_name=w_%(process_num)d\nnumprocs=${COUNT}\nstartsecs=0\n`;
const LONG = { ms: 60_000 };

test('two watchers and logs -f of everything leave a supervisord that may open 64 files the room to start its programs', async (t) => {
  const folder = await makeFolder();
  const real = await findSupervisord();
  const limited = await folder.write('supervisord', `#!/bin/sh\nulimit -n ${FILES}\nexec '${real}' "$@"\n`);
  await chmod(limited, 0o755);
  const host = await startSupervisord({ programs: PROGRAMS, executable: limited, settings: `minfds=${FILES}` });
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  await eventually(host.readAll, (all) => all.every(({ statename }) => statename === 'RUNNING'), { what: 'all run' });
  const config = await writeConfig(t, host.url);
  const watching = [0, 1].map(() => startWatching(t, ['watch', '--json', '-c', config]));
  const following = startWatching(t, ['logs', '-f', '*', '-c', config]);
  for (const { lines } of watching)
    await lines.until((line) => /"type":"snapshot"/.test(line) || undefined, { what: 'the rows', ...LONG });
  for (let number = 0; number < COUNT; number += 1)
    await following.lines.until((line) => line.includes(`w_${number}`) || undefined, { what: 'the logs', ...LONG });
  t.log(`${countOpenFiles(host.pid())} of ${FILES} files open`);

  const pid = await killProcess(host, 'w:w_0');
  for (const { lines } of watching) {
    await lines.until((line) => line.includes(`"pid":${pid}`) || undefined, { what: 'the row', ...LONG });
    await lines.until((line) => tellsCrash(line) || undefined, { what: 'the crash', ...LONG });
    t.is(lines.items.filter(tellsCrash).length, 1);
    t.notRegex(lines.items.join('\n'), /"reachable":false/);
  }
  const log = await host.readLog();
  t.notRegex(log, /[Tt]oo many open files|EMFILE|accept\(\) threw|spawnerr/);
});
