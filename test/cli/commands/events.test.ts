import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import { createLink } from '../../../src/bridge/create-link.ts';
import { eventually } from '../../helpers/deadline.ts';
import { serveLink } from '../../helpers/server/serve-supervisor.ts';
import type { Supervisord } from '../../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import type { Folder } from '../run-main.ts';
import { makeFolder, runMain, startChild } from '../run-main.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const schema: unknown = JSON.parse(readFileSync(new URL('../../../schema/events.v1.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allowUnionTypes: true, formats: { 'date-time': ISO } }).compile<Record<string, unknown>>(
  Object(schema),
);

const WEB = '[program:web]\ncommand=sleep 1000\nstartsecs=0\nautorestart=true\n';
const BAD = '[program:bad]\ncommand=/nowhere/at/all\nstartretries=0\n';

let berlin: Supervisord;
let kolkata: Supervisord;
let folder: Folder;
let config: string;

test.before(async () => {
  folder = await makeFolder();
  [berlin, kolkata] = await Promise.all([
    startSupervisord({ programs: WEB + BAD, env: { TZ: 'Europe/Berlin' } }),
    startSupervisord({ programs: WEB, env: { TZ: 'Asia/Kolkata' } }),
  ]);
  config = await folder.write(
    'mv.conf',
    `[supervisor:berlin]\nurl = ${berlin.url}\n[supervisor:kolkata]\nurl = ${kolkata.url}\n` +
      '[supervisor:away]\nurl = unix:///nowhere/s.sock\n',
  );
});

test.after.always(async () => {
  await Promise.all([berlin.stop(), kolkata.stop(), folder.remove()]);
});

async function kill(host: Supervisord): Promise<void> {
  const { pid } = await host.info('web');
  process.kill(pid, 'SIGKILL');
  await eventually(
    () => host.info('web'),
    (info) => info.pid > 0 && info.pid !== pid,
    { what: 'web runs again' },
  );
}

const parse = (out: string): readonly Record<string, unknown>[] =>
  out
    .trim()
    .split('\n')
    .map((line) => {
      const parsed: unknown = JSON.parse(line);
      if (!validate(parsed)) throw new Error(`${line}: ${JSON.stringify(validate.errors)}`);
      return parsed;
    });

test.serial('events tells what happened before anybody looked, on all hosts, oldest first', async (t) => {
  await kill(berlin);
  await kill(kolkata);
  await kill(berlin);
  const { code, out, err } = await runMain(['events', '--json', '-c', config]);
  t.is(code, 0, err);
  const lines = parse(out);
  const extents = lines.filter(({ type }) => type === 'extent');
  t.deepEqual(
    extents.map(({ supervisor }) => supervisor),
    ['away', 'berlin', 'kolkata'],
  );
  t.like(extents[0], { knownSince: null, complete: false });
  t.like(extents[1], { complete: false, note: 'its main log begins there' });
  const ends = lines.filter(({ to }) => to === 'EXITED');
  t.deepEqual(
    ends.map(({ uid }) => uid),
    ['berlin:web:web', 'kolkata:web:web', 'berlin:web:web'],
  );
  t.like(ends[0], { id: null, from: 'RUNNING', approximate: false, reason: { kind: 'signal', signal: 'SIGKILL' } });
  const times = lines.flatMap(({ ts }) => (typeof ts === 'string' ? Date.parse(ts) : []));
  t.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  t.true(times.every((at) => Date.now() - at < 120_000 && at <= Date.now() + 1_000));
  t.truthy(lines.find(({ uid, to }) => uid === 'berlin:bad:bad' && to === 'BACKOFF'));
  t.is(lines.filter(({ incident }) => incident === 'started').length, 2);
});

test.serial(
  'in words: the cause, where it begins, and who has no history; narrowed by selectors and times',
  async (t) => {
    const { code, out, err } = await runMain(['events', '-c', config]);
    t.is(code, 0);
    t.regex(out, /Z \S+ berlin:web:web RUNNING → EXITED \(killed by SIGKILL\)\n/);
    t.regex(out, /Z ◆ berlin: supervisord started with pid \d+\n/);
    t.regex(err, /multivisor: away: no history from the host: no socket at/);
    t.regex(err, /multivisor: berlin: known since \S+Z \(its main log begins there\)/);

    const one = await runMain(['events', 'kolkata:*', '-c', config]);
    t.regex(one.out, /kolkata:web:web/);
    t.notRegex(one.out, /berlin/);
    const none = await runMain(['events', '--since', '2h', '--until', '1h', '-c', config]);
    t.is(none.out, '');
    t.is(none.code, 0);
    const wrong = await runMain(['events', '--since', 'soon', '-c', config]);
    t.is(wrong.code, 2);
    t.regex(wrong.err, /--since is a moment such as 24h, 2h30m/);
  },
);

test.serial('what a program did stays told when it was removed, without its group', async (t) => {
  await kolkata.setPrograms('');
  t.is((await runMain(['update', 'kolkata', '-y', '-c', config])).code, 0);
  const { out } = await runMain(['events', 'kolkata:*', '--json', '-c', config]);
  const ends = parse(out).filter(({ name, to }) => name === 'web' && to === 'EXITED');
  t.is(ends.length, 1);
  t.like(ends[0], { uid: null, group: null });
  t.regex((await runMain(['events', 'web', '-c', config])).out, /kolkata:\?:web/);
});

test.serial('-f goes on from what was, and tells nothing twice', async (t) => {
  const { lines, child, ended } = startChild(['events', '-f', '--since', '1h', '--json', 'berlin:*', '-c', config]);
  t.teardown(() => child.kill('SIGKILL'));
  const wasTold = () => lines.items.filter((line) => line.includes('"to":"EXITED"')).length === 2 || undefined;
  await lines.until(wasTold, { what: 'what was', ms: 20_000 });
  await kill(berlin);
  await lines.until(
    () =>
      lines.items.filter((line) => line.includes('"to":"EXITED"') && !line.includes('"id":null')).length > 0 ||
      undefined,
    { what: 'what came', ms: 20_000 },
  );
  child.kill('SIGINT');
  t.is(await ended, 130);
  const ends = parse(lines.items.join('\n')).filter(({ to }) => to === 'EXITED');
  t.is(new Set(ends.map(({ id, ts }) => String(id ?? ts))).size, 3);
});

test.serial('a server tells the same, and so does a supervisor that is taken in from another server', async (t) => {
  const served = await serveLink(t, { name: 'b', link: createLink(berlin.config({ name: 'b' })) });
  const there = served.linkConfig();
  const path = await folder.write(
    'relay.conf',
    `[supervisor:relayed]\nurl = ${there.url}\nusername = ${there.credentials?.username}\npassword = ${there.credentials?.password}\n`,
  );
  const direct = parse((await runMain(['events', 'berlin:*', '--json', '-c', config])).out);
  const relayed = parse((await runMain(['events', '--json', '-c', path])).out);
  const remote = await runMain(['events', '--json', '--remote', `ann@127.0.0.1:${served.server.address.port}`], {
    env: { MULTIVISOR_PASSWORD: there.credentials?.password ?? '' },
  });
  t.is(remote.code, 0, remote.err);
  t.true(told(direct).length > 6);
  t.deepEqual(told(relayed), told(direct));
  t.deepEqual(told(parse(remote.out)), told(direct));
  t.true(relayed.every(({ supervisor }) => supervisor === 'relayed'));
});

function told(lines: readonly Record<string, unknown>[]): readonly string[] {
  return lines
    .filter(({ type }) => type === 'transition')
    .map(({ ts, name, to }) => `${String(ts)} ${String(name)} ${String(to)}`);
}
