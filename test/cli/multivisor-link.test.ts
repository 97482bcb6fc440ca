// `url = ws://…`: a supervisor behind a real `multivisor serve`, beside one of one's own.
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { findConfig } from '../../src/cli/config/find-config.ts';
import { openSession } from '../../src/cli/session/open-session.ts';
import type { LinkState } from '../../src/core/model.ts';
import { findProcess } from '../../src/core/engine/reduce.ts';
import { readCertificate } from '../helpers/server/certificate.ts';
import { eventually } from '../helpers/deadline.ts';
import { createFakeLink } from '../helpers/core/fake-link.ts';
import { reading } from '../helpers/core/readings.ts';
import { startServe } from '../helpers/server/restartable-serve.ts';
import { serveLink } from '../helpers/server/serve-supervisor.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { makeFolder, runMain, startChild } from './run-main.ts';

const PROGRAMS = '[program:web]\ncommand=sh -c "echo hello; exec sleep 1000"\nstartsecs=0\n';

async function openBastion(t: ExecutionContext) {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const [near, far] = [await startSupervisord({ programs: PROGRAMS }), await startSupervisord({ programs: PROGRAMS })];
  t.teardown(near.stop);
  t.teardown(far.stop);
  const token = await runMain(['token', 'new', 'far']);
  const section = (/\[token:far\]\nhash = .*\n/.exec(token.err)?.[0] ?? '') + 'role = admin\n';
  await folder.write('far.token', token.out);
  const config = await folder.write(
    'bastion.conf',
    `[global]\nname = bastion\n${section}[supervisor:lid001]\nurl = ${far.url}\n`,
  );
  const { port, ...serve } = await startServe(t, config);
  const text =
    `[supervisor:here]\nurl = ${near.url}\n` +
    `[supervisor:there]\nurl = ws://127.0.0.1:${port}/lid001\ntoken_file = far.token\n`;
  const file = await folder.write('multivisor.conf', text);
  return { folder, far, file, port, ...serve };
}

test('a supervisor behind a server stands beside one of one’s own, and every command works on it', async (t) => {
  const { folder, far, file, port } = await openBastion(t);
  const mv = (...args: string[]) => runMain([...args, '-c', file]);
  t.regex((await mv('config', 'check')).out, /: ok, 2 supervisors\n$/);
  const status = await mv('status', '-o', 'name');
  t.is(status.out, 'here:web:web\nthere:web:web\n', status.err);
  t.is(status.code, 0);
  t.is((await mv('stop', 'there:web:web', '--wait')).code, 0);
  t.is((await far.info('web')).statename, 'STOPPED');
  t.is((await mv('restart', 'there:web:web', '--wait')).code, 0);
  t.is((await far.info('web')).statename, 'RUNNING');
  t.regex((await mv('logs', 'there:web:web', '-n', '5')).out, /hello/);
  await far.setPrograms(`${PROGRAMS}[program:new]\ncommand=sleep 1000\nstartsecs=0\n`);
  const update = await mv('update', 'there');
  t.is(update.code, 0, update.err);
  await eventually(
    () => mv('status', 'there:', '-o', 'name'),
    ({ out }) => out.includes('there:new:new'),
    { what: 'the server has read what is new' },
  );
  const doctor = await mv('doctor');
  t.is(doctor.code, 0, doctor.out);
  t.regex(
    doctor.out,
    /there .*\n(?:.*\n)*? .*answers +the multivisor server "bastion", version \S+; of its supervisors this is "lid001", and there we are token:far \(admin\)\n/,
  );
  const wrong = await folder.write(
    'wrong.conf',
    `[supervisor:lid01]\nurl = ws://127.0.0.1:${port}\ntoken_file = far.token\n`,
  );
  const lost = await runMain(['status', '-c', wrong]);
  t.is(lost.code, 7);
  t.regex(lost.out + lost.err, /it has no supervisor "lid01"; did you mean "lid001"\?/);
});

test('over TLS its certificate is checked, and one that Node is told to trust is trusted', async (t) => {
  const { cert, key, certFile } = await readCertificate();
  const link = createFakeLink();
  const { server } = await serveLink(t, { name: 'lid001', link }, { tls: { cert, key }, basePath: '/mv' });
  link.emitAll([reading('g:x', 'RUNNING')]);
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const url = `wss://127.0.0.1:${server.address.port}/mv/lid001`;
  const file = await folder.write(
    'tls.conf',
    `[supervisor:a]\nurl = ${url}\nusername = ann\npassword = ann-password\n`,
  );
  const stranger = await runMain(['status', '-c', file]);
  t.is(stranger.code, 7);
  t.regex(stranger.out + stranger.err, /its certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
  const trusting = startChild(['status', '-c', file, '-o', 'name'], { env: { NODE_EXTRA_CA_CERTS: certFile } });
  t.is(await trusting.ended, 0, trusting.stderr());
  t.deepEqual(trusting.lines.items, ['a:g:x']);
});

async function watch(t: ExecutionContext, file: string) {
  const { config } = findConfig(file, { env: {}, cwd: '/' });
  if (!config) throw new Error(`${file} is no configuration`);
  const { session, close } = openSession(config);
  t.teardown(close);
  t.teardown(async () => unsubscribe());
  const unsubscribe = session.subscribe(() => {});
  const until = (link: LinkState, ms = 60_000) =>
    eventually(
      () => session.snapshot().supervisors.get('there'),
      (supervisor) => supervisor?.link === link,
      { what: `it is ${link}`, ms },
    );
  const stateOf = (uid: string) => findProcess(session.snapshot(), uid)?.state;
  return { session, until, stateOf };
}

test('a server that is killed leaves its rows stale, and they come back with what is new', async (t) => {
  const { file, far, kill, start } = await openBastion(t);
  const { session, until, stateOf } = await watch(t, file);
  await until('up');
  const before = Date.now();
  await kill();
  const down = await until('down');
  t.is(stateOf('there:web:web'), 'RUNNING', 'what was known stays');
  t.true((down?.staleSince ?? 0) <= Date.now() && (down?.staleSince ?? 0) > before - 60_000, 'with its age');
  t.regex(down?.error?.message ?? '', /^the multivisor server at 127\.0\.0\.1:\d+: /);
  t.is(session.snapshot().supervisors.get('here')?.link, 'up', 'the other one goes on');
  const [outcome] = await session.send(
    { action: 'stop', targets: ['there:web:web'] },
    { signal: new AbortController().signal },
  );
  t.is(outcome?.code, 'unreachable');
  await far.rpc('supervisor.stopProcess', 'web');
  await start();
  const up = await until('up');
  t.is(up?.staleSince, null);
  await eventually(
    () => stateOf('there:web:web'),
    (state) => state === 'STOPPED',
    { what: 'what is new' },
  );
});

test('a server that hangs is down within five seconds while somebody looks, and comes back', async (t) => {
  const { file, signal } = await openBastion(t);
  const { until, stateOf } = await watch(t, file);
  await until('up');
  const begun = performance.now();
  signal('SIGSTOP');
  const down = await until('down', 20_000);
  const seconds = (performance.now() - begun) / 1_000;
  t.true(seconds < 6, `${seconds} s on a machine that others use`);
  t.log(`${seconds} s`);
  t.is(down?.error?.code, 'timeout');
  const status = await runMain(['status', '-c', file]);
  t.is(status.code, 6);
  t.regex(status.out, /there +not reached: .*: no answer: is it on, and alive\?/, 'also to a command that comes later');
  signal('SIGCONT');
  await until('up');
  t.is(stateOf('there:web:web'), 'RUNNING');
});
