import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import * as v from 'valibot';
import { eventually } from '../../helpers/deadline.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import { runMain, startChild } from '../run-main.ts';

const PROGRAMS =
  '[program:web]\ncommand=sh -c "echo hello; exec sleep 1000"\nstartsecs=0\n[program:idle]\ncommand=sleep 1000\nautostart=false\n';

const dataSchema = v.object({ supervisors: v.record(v.string(), v.unknown()) });
const statusSchema = v.object({ processes: v.array(v.unknown()) });

async function serve(t: ExecutionContext, accounts = '') {
  const host = await startSupervisord({ programs: PROGRAMS });
  const dir = await mkdtemp(join(tmpdir(), 'mv-serve-'));
  const file = join(dir, 'multivisor.conf');
  const audit = join(dir, 'audit.log');
  const write = (more: string) =>
    writeFile(file, `[global]\nname = lab\n${accounts}[supervisor:a]\nurl = ${host.url}\n${more}`);
  await write('');
  const server = startChild(['serve', '-c', file, '--bind', '127.0.0.1:0', '--audit', audit]);
  t.teardown(async () => {
    server.child.kill('SIGKILL');
    await server.ended;
    await host.stop();
    await rm(dir, { recursive: true, force: true });
  });
  const url = await eventually(
    () => /at (http:\S+)/.exec(server.stderr())?.[1] ?? '',
    (found) => found !== '',
    { what: 'it serves', ms: 15_000 },
  );
  return { host, server, url, audit, write };
}

test('every command works through a server as it does without', async (t) => {
  const { url, server, audit } = await serve(t);
  const remote = (...args: string[]) => runMain([...args, '--remote', url]);
  const status = await remote('status', '-o', 'name');
  t.is(status.out, 'a:idle:idle\na:web:web\n', status.err);
  t.is((await remote('start', 'idle', '--wait')).code, 0);
  t.is((await remote('stop', 'a:web:web')).code, 0);
  t.is((await remote('stop', 'nonesuch')).code, 4);
  t.regex((await remote('logs', 'web', '-n', '5')).out, /hello/);
  t.is((await remote('supervisors', 'a')).code, 0);
  t.is((await remote('supervisors', 'b')).code, 4);
  const doctor = await remote('doctor');
  t.is(doctor.code, 0);
  t.regex(doctor.out, /^a {2}unix:[^]*✔ version +supervisor \d/);
  t.regex(doctor.err, /^as the server reaches them/);
  t.is((await runMain(['status', '--remote', url, '-c', 'x'])).code, 2);
  t.is((await runMain(['status', '--remote', '127.0.0.1:1'])).code, 7);
  const lines = (await readFile(audit, 'utf8')).trimEnd().split('\n');
  t.like(JSON.parse(lines.at(-1) ?? '{}'), { event: 'command', who: 'anybody', command: 'stop' });
  server.child.kill('SIGTERM');
  t.is(await server.ended, 143);
});

test('SIGHUP reads the configuration again and keeps what did not change; a mistake changes nothing', async (t) => {
  const { url, server, write } = await serve(t);
  const names = async () => Object.keys(v.parse(dataSchema, await (await fetch(`${url}/api/data`)).json()).supervisors);
  const hangup = async (says: RegExp) => {
    const before = server.stderr().length;
    server.child.kill('SIGHUP');
    await eventually(
      () => server.stderr().slice(before),
      (told) => says.test(told),
      { what: String(says), ms: 10_000 },
    );
  };
  await eventually(
    () => fetch(`${url}/readyz`).then(({ status }) => status),
    (status) => status === 200,
    { what: 'it is ready' },
  );
  await write('[supervisor:b]\nurl = http://127.0.0.1:1\n');
  await hangup(/read again: 2 supervisors/);
  t.deepEqual(await names(), ['a', 'b']);
  await write('[supervisor:b]\nurl = nonsense://x\n');
  await hangup(/kept as it was/);
  t.deepEqual(await names(), ['a', 'b']);
  await write('');
  await hangup(/read again: 1 supervisors/);
  t.deepEqual(await names(), ['a']);
  const status = v.parse(statusSchema, await (await fetch(`${url}/api/v1/status`)).json());
  t.is(status.processes.length, 2, 'a was known all the time');
});

test('a user logs in with a password or a token that is in no argument', async (t) => {
  const token = await runMain(['token', 'new', 'ci']);
  const passwd = startChild(['passwd'], { input: 'secret\n' });
  t.is(await passwd.ended, 0);
  const password = passwd.lines.items[0] ?? '';
  t.regex(password, /^\{SCRYPT\}14\$8\$1\$\S+$/);
  t.regex(token.out, /^mv1_\S{43}\n$/);
  const section = /\[token:ci\]\nhash = .*\n/.exec(token.err)?.[0] ?? '';
  const { url } = await serve(t, `[user:ann]\npassword = ${password}\nrole = operator\n${section}`);
  const remote = url.replace('//', '//ann@');
  t.is((await runMain(['status', '--remote', url])).code, 8);
  t.is((await runMain(['status', '--remote', remote], { env: { MULTIVISOR_PASSWORD: 'secret' } })).code, 3);
  t.is((await runMain(['stop', 'web', '--remote', remote], { env: { MULTIVISOR_PASSWORD: 'secret' } })).code, 0);
  const MULTIVISOR_TOKEN = token.out.trim();
  t.is((await runMain(['status', '--remote', url], { env: { MULTIVISOR_TOKEN } })).code, 3);
  t.is((await runMain(['stop', 'web', '--remote', url], { env: { MULTIVISOR_TOKEN } })).code, 8, 'a viewer may not');
});

test('what cannot be served is refused with the reason', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mv-serve-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'm.conf');
  await writeFile(file, '[supervisor:a]\nurl = http://127.0.0.1:1\n');
  const rows = [
    [['--bind', '*:0'], /\[token:NAME\]/],
    [['--bind', 'a:b:c'], /no address to listen on/],
    [['--bind', '127.0.0.1:99999'], /no port/],
    [['--tls-cert', file], /belong together/],
    [['--bind', '127.0.0.1:0', '--tls-cert', file, '--tls-key', file], /cannot be used/],
    [['--base-path', 'mv'], /looks like \/multivisor/],
    [['--trust-proxy', 'everybody'], /--trust-proxy/],
    [['--bind', '127.0.0.1:0', '--audit', join(dir, 'none', 'audit')], /cannot write the audit/],
  ] as const;
  for (const [args, says] of rows) {
    const { code, err } = await runMain(['serve', '-c', file, ...args]);
    t.true(code === 1 || code === 2, args.join(' '));
    t.regex(err, says);
    t.notRegex(err, /\n\s+at /, 'no stack');
  }
});

test('a MULTIVISOR_SECRET_KEY that can be guessed is refused, and never shown', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mv-serve-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'm.conf');
  await writeFile(file, '[supervisor:a]\nurl = http://127.0.0.1:1\n');
  for (const key of ['x', 'hunter2', ' '.repeat(15), 'abcdefghijklmno']) {
    const env = { MULTIVISOR_SECRET_KEY: key };
    const { code, err } = await runMain(['serve', '-c', file, '--bind', '127.0.0.1:0'], { env });
    t.is(code, 2, key);
    t.regex(err, /MULTIVISOR_SECRET_KEY is shorter than 16 characters.*head -c 32/su);
    t.false(key.length > 1 && key.trim() !== '' && err.includes(key));
  }
});
