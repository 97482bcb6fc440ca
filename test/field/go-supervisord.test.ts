// The supervisord that is written in Go, by a stand-in that answers as its source does.
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { runMain } from '../cli/run-main.ts';
import { eventually } from '../helpers/deadline.ts';
import { startGoSupervisord } from '../helpers/field/go-supervisord.ts';
import { startWatching, WEB, writeConfig } from '../helpers/field/table-run.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

async function open(t: ExecutionContext, more = '') {
  const host = await startSupervisord({ programs: WEB + more });
  const go = await startGoSupervisord(host);
  t.teardown(async () => {
    await go.stop();
    await host.stop();
  });
  return { host, config: await writeConfig(t, `http://127.0.0.1:${go.port}`) };
}

test('a restart at a supervisord in Go, which says of each stop that it failed, brings the process up again', async (t) => {
  const { host, config } = await open(t);
  const before = await host.info('web');
  const { code, out, err } = await runMain(['restart', 'web', '--wait', '-c', config]);
  t.is(code, 0, out + err);
  const after = await host.info('web');
  t.is(after.statename, 'RUNNING');
  t.not(after.pid, before.pid);
});

test('a supervisord in Go is told as what it is, and its missing events are no fault of a log', async (t) => {
  const { config } = await open(t);
  const { code, out } = await runMain(['doctor', '-c', config]);
  t.is(code, 0, out);
  t.regex(out, /supervisor 3\.0 \(Go\), API 3\.0/);
  t.regex(out, /by polling: the supervisord that is written in Go tells no changes/);
  t.notRegex(out, /loglevel|logfile/);
});

test('a start that fails at a supervisord in Go is told by what became of it, and an exit as unexpected', async (t) => {
  const { config } = await open(
    t,
    "[program:fails]\ncommand=sh -c 'exit 3'\nautostart=false\nstartsecs=0\nautorestart=false\n",
  );
  const started = await runMain(['start', 'fails', '-c', config]);
  t.is(started.code, 0, started.out);
  const exited = async () => (await runMain(['status', 'fails', '-c', config])).out;
  const status = await eventually(exited, (out) => out.includes('EXITED'), { what: 'it has exited' });
  t.regex(status, /exit 3/);
  t.notRegex(status, /expected/);
});

test('logs of a supervisord in Go are read from their end and followed by calls, each line once', async (t) => {
  const { host, config } = await open(t);
  const log = join(host.dir, 'web.log');
  await writeFile(log, 'old 1\nold 2\n');
  t.is((await runMain(['logs', 'web', '-n', '1', '-c', config])).out, 'old 2\n');
  const following = startWatching(t, ['logs', '-f', 'web', '--stream', 'stdout', '-c', config]);
  await following.lines.until((line) => line === 'old 2' || undefined, { what: 'the old lines', ms: 60_000 });
  await appendFile(log, 'new\n');
  await following.lines.until((line) => line === 'new' || undefined, { what: 'the new line', ms: 60_000 });
  t.deepEqual(following.lines.items, ['old 1', 'old 2', 'new']);
});

test('an update at a supervisord in Go takes what was added, changed and removed from its three values', async (t) => {
  const { host, config } = await open(t, '[program:old]\ncommand=sleep 1000\nstartsecs=0\n');
  await host.setPrograms(`${WEB}[program:new]\ncommand=sleep 1000\nstartsecs=0\n`);
  const { code, out, err } = await runMain(['update', 's', '-y', '-c', config]);
  t.is(code, 0, out + err);
  t.regex(out, /added: new.*removed: old/);
  t.deepEqual((await host.readAll()).map(({ name }) => name).toSorted(), ['new', 'web']);
  t.is((await host.info('new')).statename, 'RUNNING');
});
