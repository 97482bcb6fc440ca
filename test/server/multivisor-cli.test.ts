// The original's own command line against our server: who used it goes on using it.
import test from 'ava';
import { multivisorCliPath } from '../../scripts/peers/find-multivisor-cli.ts';
import { eventually } from '../helpers/deadline.ts';
import { findPeer, testUnless } from '../helpers/peers.ts';
import { serveSupervisords } from '../helpers/server/served-supervisords.ts';
import { openTerminal } from '../helpers/terminal/terminal.ts';

const missing = (['multivisor-cli', 'tmux'] as const).filter((peer) => findPeer(peer) === null);
const testWithBoth = testUnless(missing.length === 0 ? null : `${missing.join(' and ')} cannot be run here`, test);
const STEP_MS = 60_000;
const sleeper = (name: string) => `[program:${name}]\ncommand=sleep 1000\nstartsecs=0\n`;

testWithBoth('multivisor-cli prints the status of several supervisors, restarts and stops', async (t) => {
  const lab = await serveSupervisords(t, { lid001: sleeper('web'), lid002: sleeper('archiver') });
  const { server, untilState } = lab;
  const host = lab.host('lid001');
  await untilState('lid001:web:web', 'RUNNING');
  await untilState('lid002:archiver:archiver', 'RUNNING');
  const { pid } = await host.info('web');
  const url = server.url.replace('http://', '');
  const terminal = await openTerminal({ command: `${multivisorCliPath()} --url ${url}` });
  t.teardown(terminal.close);
  const until = (wanted: RegExp) =>
    terminal.until((screen) => wanted.test(screen), { what: wanted.source, ms: STEP_MS });

  await until(/lid002:archiver:archiver RUNNING[\s\S]*Supervisors: 2 \(2\/0\) \| Processes: 2 \(2\/0\)/);
  await until(/lid001:web:web\s+RUNNING\s+pid \d+/);

  await terminal.press('restart lid001:web:web', 'Enter');
  const restarted = await eventually(
    () => host.info('web'),
    (info) => info.statename === 'RUNNING' && info.pid !== pid,
    { what: 'it was restarted', ms: STEP_MS },
  );
  await until(/web on lid001 changed from STARTING to RUNNING/);
  t.not(restarted.pid, pid);

  await terminal.press('stop *web', 'Enter');
  await until(/Processes: 2 \(1\/1\) \| web on lid001 changed from \w+ to STOPPED/);
  t.is((await host.info('web')).statename, 'STOPPED');
  await terminal.press('status', 'Enter');
  await until(/lid001:web:web\s+STOPPED/);
});
