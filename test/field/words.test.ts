// What is said where nothing can be reached as it is: each in words of its own, with what to do.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { findSupervisord } from '../../scripts/peers/find-supervisord.ts';
import { makeFolder, runMain, startChild } from '../cli/run-main.ts';
import { startNginx } from '../helpers/field/proxy.ts';
import { writeConfig } from '../helpers/field/table-run.ts';
import { freePort, portOpens } from '../helpers/free-port.ts';
import { testWith } from '../helpers/peers.ts';
import { startServe } from '../helpers/server/restartable-serve.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

const BIN = fileURLToPath(new URL('../../bin/multivisor.ts', import.meta.url));

test('a current directory that was deleted is a sentence, and no stack of calls', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const gone = join(folder.path, 'gone');
  await mkdir(gone);
  const child = spawn('sh', ['-c', `rmdir "${gone}" && exec "${process.execPath}" "${BIN}" status`], {
    cwd: gone,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  t.is(code, 2, err);
  t.is(out, '');
  t.is(err, 'multivisor: the current directory does not exist any more: cd to one that does\n');
});

test('a supervisord without [rpcinterface:supervisor] is told to get it', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const port = await freePort();
  const conf = await folder.write(
    'supervisord.conf',
    `[supervisord]\nlogfile=${folder.path}/log\npidfile=${folder.path}/pid\n[inet_http_server]\nport=127.0.0.1:${port}\n`,
  );
  const child = spawn(await findSupervisord(), ['-n', '-c', conf], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  await portOpens(port);
  const config = await writeConfig(t, `http://127.0.0.1:${port}`);
  for (const command of ['status', 'doctor']) {
    const { code, out, err } = await runMain([command, '-c', config]);
    t.is(code, 7, out + err);
    t.regex(out + err, /add \[rpcinterface:supervisor\] with supervisor\.rpcinterface_factory/);
    t.notRegex(out + err, /UNKNOWN_METHOD|something else listens/);
  }
});

testWith('nginx', test)('a proxy that passes no WebSocket on is named, and the server not denied', async (t) => {
  const host = await startSupervisord({ programs: '[program:web]\ncommand=sleep 1000\n' });
  t.teardown(host.stop);
  const { port } = await startServe(t, await writeConfig(t, host.url));
  const proxy = await startNginx(`location / { proxy_pass http://127.0.0.1:${port}; }`);
  t.teardown(proxy.stop);
  const remote = await runMain(['status', '--remote', `ws://127.0.0.1:${proxy.port}`]);
  const link = await runMain(['doctor', '-c', await writeConfig(t, `ws://127.0.0.1:${proxy.port}/s`)]);
  for (const { code, out, err } of [remote, link]) {
    t.is(code, 7, out + err);
    t.regex(out + err, /a proxy in between does not pass WebSockets on \(HTTP 426\)/);
    t.notRegex(out + err, /no multivisor server|something else listens|ping/);
  }
});

test('a supervisord.conf with no server at all says what to add to it', async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  await writeFile(join(folder.path, 'supervisord.conf'), '[supervisord]\nnodaemon=true\n');
  const acting = startChild(['status'], { cwd: folder.path });
  t.is(await acting.ended, 2);
  t.regex(
    acting.stderr(),
    /it opens no port and no socket: add a \[unix_http_server\] with file = \/run\/supervisor\.sock/,
  );
});
