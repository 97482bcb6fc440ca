import test from 'ava';
import type { Supervisord } from '../../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import type { Folder } from '../run-main.ts';
import { makeFolder, runMain } from '../run-main.ts';

let host: Supervisord;
let closed: Supervisord;
let folder: Folder;
let config: string;

test.before(async () => {
  folder = await makeFolder();
  const programs = '[program:web]\ncommand=sleep 1000\n';
  [host, closed] = await Promise.all([
    startSupervisord({ listen: 'tcp', programs }),
    startSupervisord({ credentials: { username: 'u', password: 'p' }, programs }),
  ]);
  config = await folder.write('mv.conf', `[supervisor:one]\nurl = ${host.url}\n`);
});

test.after.always(async () => {
  await Promise.all([host.stop(), closed.stop()]);
  await folder.remove();
});

test('doctor names every check, and what to do where one fails', async (t) => {
  const good = await runMain(['doctor', '-c', config]);
  for (const check of ['name', 'reach', 'login', 'version', 'events', 'latency', 'clock', 'processes']) {
    // A busy machine is slow, and doctor says so.
    t.regex(good.out, new RegExp(`^ {2}${check === 'latency' ? '[✔!]' : '✔'} ${check} `, 'm'));
  }
  const wrong = await folder.write('wrong.conf', `[supervisor:w]\nurl = ${closed.url}\nusername = u\npassword = x\n`);
  const bad = await runMain(['doctor', '-c', wrong]);
  t.is(bad.code, 7);
  t.regex(bad.out, /✖ login .*refused the username or the password/);
  t.regex(bad.out, /set username and password/);
  const away = await folder.write(
    'away.conf',
    '[supervisor:here]\nurl = http://127.0.0.1:1\n[supervisor:file]\nurl = unix:///nonexistent/s.sock\n',
  );
  const { out } = await runMain(['doctor', '-c', away]);
  t.regex(out, /^here[^]*correct the port: it is the one of \[inet_http_server\][^]*^file/m);
  t.regex(out, /^file[^]*correct the path: it is the file of \[unix_http_server\]/m);
  t.notRegex(out, /127\.0\.0\.1 alone|ping HOST/);
  const json: unknown = JSON.parse((await runMain(['doctor', '--json', '-c', wrong])).out);
  t.like(json, { schema: 'multivisor.doctor/v1' });
});
