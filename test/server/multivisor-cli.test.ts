// The original's own command line against our server: who used it goes on using it.
import test from 'ava';
import { createLink } from '../../src/bridge/create-link.ts';
import { multivisorCliPath } from '../../scripts/find-multivisor-cli.ts';
import { createLocalSession } from '../../src/core/local-session.ts';
import { findProcess } from '../../src/core/reduce.ts';
import { eventually } from '../helpers/deadline.ts';
import { findPeer, testUnless } from '../helpers/peers.ts';
import { startTestServer } from '../helpers/server.ts';
import { startSupervisord } from '../helpers/supervisord.ts';
import { openTerminal } from '../helpers/terminal.ts';
import { realClock } from '../helpers/world.ts';

const missing = (['multivisor-cli', 'tmux'] as const).filter((peer) => findPeer(peer) === null);
const testWithBoth = testUnless(missing.length === 0 ? null : `${missing.join(' and ')} cannot be run here`, test);
const STEP_MS = 60_000;

async function openLab(t: { teardown(end: () => Promise<void>): void }) {
  const hosts = [
    await startSupervisord({ programs: '[program:web]\ncommand=sleep 1000\nstartsecs=0\n' }),
    await startSupervisord({ programs: '[program:archiver]\ncommand=sleep 1000\nstartsecs=0\n' }),
  ] as const;
  const supervisors = hosts.map((host, index) => {
    const config = host.config({ name: `lid00${index + 1}` });
    const { name, url, tags, readOnly } = config;
    return { spec: { name, url, host: 'localhost', tags, readOnly, protected: false }, link: createLink(config) };
  });
  const session = createLocalSession({ name: 'lab', epoch: 'e', by: 'tests', supervisors, clock: realClock });
  const server = await startTestServer(session);
  t.teardown(async () => {
    await server.close({ drainMs: 10 });
    await session.close();
    await Promise.all(hosts.map((host) => host.stop()));
  });
  const stateOf = (uid: string) => findProcess(session.snapshot(), uid)?.state;
  await eventually(
    () => ['lid001:web:web', 'lid002:archiver:archiver'].map(stateOf),
    (states) => states.every((state) => state === 'RUNNING'),
    { what: 'both run', ms: STEP_MS },
  );
  return { hosts, server };
}

testWithBoth('multivisor-cli prints the status of several supervisors, restarts and stops', async (t) => {
  const { hosts, server } = await openLab(t);
  const [host] = hosts;
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
