import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { eventually } from '../../helpers/deadline.ts';
import { findPeer, testWith } from '../../helpers/peers.ts';
import type { Supervisord } from '../../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import type { Folder } from '../run-main.ts';
import { makeFolder, runMain } from '../run-main.ts';

const PROGRAMS = `
[group:plc]
programs=a,b
[program:a]
command=sleep 1000
[program:b]
command=sleep 1000
[program:off]
command=sleep 1000
autostart=false
[program:done]
command=true
startsecs=0
autorestart=false
[program:fails]
command=sh -c 'printf "no \\033[31mdevice" >&2; exit 3'
startretries=0
[program:été]
command=sleep 1000
`;

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;
const schemaOf = (name: string): object =>
  Object(JSON.parse(readFileSync(new URL(`../../../schema/${name}.json`, import.meta.url), 'utf8')));
const ajv = new Ajv2020({ allErrors: true, formats: { 'date-time': ISO }, allowUnionTypes: true });
const validate = ajv.compile<{ supervisors: Record<string, unknown>[]; processes: Record<string, unknown>[] }>(
  schemaOf('status.v1'),
);

let host: Supervisord;
let closed: Supervisord;
let folder: Folder;
let config: string;

test.before(async () => {
  folder = await makeFolder();
  [host, closed] = await Promise.all([
    startSupervisord({ listen: 'tcp', programs: PROGRAMS }),
    startSupervisord({
      credentials: { username: 'u', password: 'p' },
      programs: '[program:web]\ncommand=sleep 1000\n',
    }),
  ]);
  config = await folder.write('mv.conf', `[global]\nname = lab\n[supervisor:one]\nurl = ${host.url}\n`);
  const settled = ['RUNNING', 'STOPPED', 'EXITED', 'FATAL'];
  await eventually(
    () => host.readAll(),
    (all) => all.every(({ statename }) => settled.includes(statename)),
    { what: 'every program is where it will be', ms: 10_000 },
  );
});

test.after.always(async () => {
  await Promise.all([host.stop(), closed.stop(), folder.remove()]);
});

function parseStatus(text: string) {
  const value: unknown = JSON.parse(text);
  if (validate(value)) return value;
  throw new Error(`status --json does not fit its schema: ${ajv.errorsText(validate.errors)}\n${text}`);
}

const iso = (seconds: unknown) => (seconds === 0 ? null : new Date(Number(seconds) * 1_000).toISOString());

const ORACLE = `
import json, sys, xmlrpc.client
server = xmlrpc.client.ServerProxy(sys.argv[1] + '/RPC2')
print(json.dumps(server.supervisor.getAllProcessInfo()))
`;

testWith('python3', test)("status --json says what Python's xmlrpc.client reads", async (t) => {
  const { out } = await runMain(['status', '--json', '-c', config]);
  const status = parseStatus(out);
  const answer = execFileSync(findPeer('python3') ?? '', ['-c', ORACLE, host.url], { encoding: 'utf8' });
  const expected: unknown = JSON.parse(answer);
  t.true(Array.isArray(expected) && expected.length === 6);
  const rows = (Array.isArray(expected) ? expected : []).map((info: Record<string, unknown>) => ({
    uid: `one:${String(info['group'])}:${String(info['name'])}`,
    state: info['statename'],
    statecode: info['state'],
    pid: info['pid'] === 0 ? null : info['pid'],
    startedAt: iso(info['start']),
    stoppedAt: iso(info['stop']),
    exitStatus: info['statename'] === 'EXITED' ? info['exitstatus'] : null,
    spawnError: info['spawnerr'],
    stdoutLog: info['stdout_logfile'],
    stderrLog: info['stderr_logfile'],
  }));
  t.deepEqual(
    status.processes.map((process) => process['uid']),
    rows.map(({ uid }) => uid),
  );
  for (const [index, row] of rows.entries()) t.like(status.processes[index], row);
  t.like(status.supervisors[0], {
    name: 'one',
    url: host.url,
    reachable: true,
    stale: false,
    error: null,
    pid: host.pid(),
  });
});

test('status --json counts what it shows, and only that', async (t) => {
  const { out, err, code } = await runMain(['status', '--json', '-c', config]);
  t.is(code, 3);
  t.is(err, '');
  t.like(parseStatus(out), {
    name: 'lab',
    summary: {
      supervisors: { total: 1, up: 1, down: 0 },
      processes: {
        total: 6,
        running: 3,
        stopped: 3,
        unknown: 0,
        byState: { RUNNING: 3, STOPPED: 1, EXITED: 1, FATAL: 1 },
      },
    },
  });
  const some = parseStatus((await runMain(['status', '--json', '-c', config, 'plc:*'])).out);
  t.like(some, { summary: { processes: { total: 2, running: 2, stopped: 0, byState: { RUNNING: 2 } } } });
});

test('a dead host, a black hole and a wrong password are each told, and the healthy one is complete', async (t) => {
  // Accepts, and never says a word.
  const hole = createServer(() => {}).listen(0, '127.0.0.1');
  await once(hole, 'listening');
  t.teardown(() => hole.close());
  const address = hole.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const sections = [
    `[supervisor:one]\nurl = ${host.url}`,
    `[supervisor:dead]\nurl = http://127.0.0.1:1`,
    `[supervisor:hole]\nurl = http://127.0.0.1:${port}`,
    `[supervisor:wrong]\nurl = ${closed.url}\nusername = u\npassword = hunter2`,
    `[supervisor:nologin]\nurl = ${closed.url}`,
    `[supervisor:gone]\nurl = unix:///nonexistent/s.sock`,
    `[supervisor:two]\nurl = ${closed.url}\nusername = u\npassword = p`,
  ];
  const all = await folder.write('all.conf', sections.join('\n'));
  // Long enough for a busy machine; the hole alone makes it last so long.
  const line = ['status', '-c', all, '--timeout', '5s'];
  const started = performance.now();
  const [{ out, err, code }, table] = await Promise.all([runMain([...line, '--json']), runMain(line)]);
  t.true(performance.now() - started < 15_000);
  const status = parseStatus(out);
  const errors = Object.fromEntries(
    status.supervisors.map(({ name, error }) => [name, error === null ? null : Reflect.get(Object(error), 'code')]),
  );
  t.deepEqual(errors, {
    one: null,
    dead: 'refused',
    hole: 'timeout',
    wrong: 'unauthorized',
    nologin: 'unauthorized',
    gone: 'unreachable',
    two: null,
  });
  t.is(status.processes.length, 7);
  t.is(code, 3);
  t.false(`${out}${err}`.includes('hunter2'));
  for (const name of Object.keys(errors)) t.true(table.out.includes(` ${name}  `), name);
  t.false(`${table.out}${table.err}`.includes('hunter2'));
});

const CODES: readonly (readonly [string, number])[] = [
  ['status', 3],
  ['status plc:*', 0],
  ['status a', 0],
  ['status one:plc:a', 0],
  ['status one:', 3],
  ['status plc: été', 0],
  ['status off', 3],
  ['status fails', 3],
  ['status fails --expect fatal', 0],
  ['status --expect running,stopped,exited,fatal', 0],
  ['status * !off !done !fails', 0],
  ['status state=running', 0],
  ['status nope', 4],
  ['status nope --allow-empty', 0],
  ['status a nope', 4],
  ['status two:plc:a', 4],
  ['status state=starting', 4],
  ['supervisors', 0],
  ['supervisors one', 0],
  ['supervisors two', 4],
  ['doctor', 0],
  ['doctor two', 4],
  ['start', 2],
  ['start nope', 4],
  ['start nope --allow-empty', 0],
  ['start a', 0],
  ['stop off', 0],
  ['start fails --wait', 5],
  ['stop plc:*', 2],
  ['restart plc:* --dry-run', 0],
  ['logs nope', 4],
];

test.serial('exit codes are those of the manual', async (t) => {
  for (const [line, expected] of CODES) {
    const { code, err } = await runMain([...line.split(' '), '-c', config]);
    t.is(code, expected, `${line}\n${err}`);
  }
});

test('with no supervisor to reach every command ends with 7, and says why', async (t) => {
  const dead = await folder.write('dead.conf', '[supervisor:dead]\nurl = http://127.0.0.1:1\n');
  for (const line of ['status', 'supervisors', 'doctor', 'start a', 'stop a', 'logs a']) {
    const { code, out, err } = await runMain([...line.split(' '), '-c', dead]);
    t.is(code, 7, line);
    t.regex(out + err, /connection refused by 127\.0\.0\.1:1/, line);
  }
});

test('some that cannot be reached end a status of the others with 6', async (t) => {
  const mixed = await folder.write(
    'mixed.conf',
    `[supervisor:dead]\nurl = http://127.0.0.1:1\n[supervisor:two]\nurl = ${closed.url}\nusername = u\npassword = p\n`,
  );
  const codeOf = async (...args: string[]) => (await runMain([...args, '--timeout', '30s', '-c', mixed])).code;
  t.is(await codeOf('status'), 6);
  t.is(await codeOf('status', 'web:*'), 6, 'the group may be there, too');
  t.is(await codeOf('status', 'two:*:*'), 0);
  t.is(await codeOf('supervisors'), 6);
  const missing = await runMain(['status', '-c', mixed, 'nope']);
  t.is(missing.code, 4);
  t.regex(missing.err, /not reached, so not searched: dead/);
});

test('a name that is nearly right is suggested', async (t) => {
  t.regex((await runMain(['status', '-c', config, 'fials'])).err, /did you mean "fails"\?/);
  t.regex((await runMain(['supervisors', '-c', config, 'oen'])).err, /no supervisor "oen"; did you mean "one"\?/);
});

test('several patterns that match nothing hint at a shell that expanded them', async (t) => {
  const { err } = await runMain(['status', '-c', config, 'file1', 'file2']);
  t.regex(err, /quote it: 'web:\*'/);
});

const plainTable = () => runMain(['status', '-c', config], { columns: 200, env: { NO_COLOR: '1' } });

test('the table names each process by its uid, and tells why it is down, harmlessly', async (t) => {
  // The last line is left out of a table that would have to wait long for it.
  const { out } = await eventually(plainTable, (ran) => ran.out.includes('device'), {
    what: 'the last line',
    ms: 20_000,
  });
  t.regex(out, /^STATE +PROCESS +PID +UPTIME +WHY$/m);
  t.regex(out, /^● one {2}http:.* supervisor \d/m);
  t.regex(out, /^● RUNNING {2}one:plc:a +\d+ +00:0\d:\d\d$/m);
  t.regex(out, /^✖ FATAL {4}one:fails:fails +- +- +.*no \\x1b\[31mdevice, ×2 in 24 h$/m);
  t.regex(out, /^○ STOPPED {2}one:off:off .* never started$/m);
  t.false(out.includes('\u001b'));
});

test('colours are for terminals that want them', async (t) => {
  const run = async (env: Record<string, string>, ...more: string[]) =>
    (await runMain(['status', '-c', config, ...more], { columns: 120, env })).out.includes('\u001b[');
  t.true(await run({}));
  t.false(await run({ NO_COLOR: '1' }));
  t.false(await run({ TERM: 'dumb' }));
  t.false(await run({}, '--no-color'));
  t.false((await runMain(['status', '-c', config])).out.includes('\u001b['));
});

test('a narrow terminal and plain ASCII are respected', async (t) => {
  const { out } = await runMain(['status', '-c', config, '--ascii', 'fails'], { columns: 60, env: { NO_COLOR: '1' } });
  const row = out.split('\n').find((line) => line.includes('one:fails'));
  t.true(row !== undefined && row.length <= 60 && row.startsWith('X FATAL'));
});

test('names, CSV and NDJSON are one line a process, sorted and grouped as asked', async (t) => {
  const names = async (...args: string[]) =>
    (await runMain(['status', '-c', config, '-o', 'name', ...args])).out.trimEnd().split('\n');
  t.deepEqual(await names('--sort', 'name', 'state=running'), ['one:plc:a', 'one:plc:b', 'one:été:été']);
  t.deepEqual(await names('--sort=-name', 'plc:*'), ['one:plc:b', 'one:plc:a']);
  t.is((await names('--sort', 'state'))[0], 'one:fails:fails');

  const csv = (await runMain(['status', '-c', config, '-o', 'csv', 'off'])).out.split('\r\n');
  t.true(csv[0]?.startsWith('uid,supervisor,group,name,state,'));
  t.true(csv[1]?.startsWith('one:off:off,one,off,off,STOPPED,0,,,,,,,Not started,'));

  const lines = (await runMain(['status', '-c', config, '--ndjson'])).out.trimEnd().split('\n');
  const types = lines.map((line): unknown => Reflect.get(Object(JSON.parse(line)), 'type'));
  t.deepEqual(types, ['supervisor', ...Array.from({ length: 6 }, () => 'process')]);

  const grouped = (await runMain(['status', '-c', config, '--group-by', 'group', 'plc:*', 'off'])).out.split('\n');
  t.deepEqual([grouped[1], grouped[2]?.includes('one:off:off')], ['off', true]);
  t.true(grouped.includes('plc'));
});
