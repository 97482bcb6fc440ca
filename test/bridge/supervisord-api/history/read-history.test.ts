import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, statSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { createLink } from '../../../../src/bridge/create-link.ts';
import type { Extent, HistoryEvent, HistoryRequest } from '../../../../src/core/history/history.ts';
import type { SupervisorLink } from '../../../../src/core/ports.ts';
import { eventually } from '../../../helpers/deadline.ts';
import { openClock } from '../../../helpers/field/settable-clock.ts';
import { testWith } from '../../../helpers/peers.ts';
import type { Supervisord, SupervisordOptions } from '../../../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../../helpers/supervisord/supervisord.ts';

const { signal } = new AbortController();
const WEB = '[program:web]\ncommand=sleep 1000\nstartsecs=0\n';

async function pastOf(link: SupervisorLink, request: HistoryRequest = {}) {
  const newestFirst: HistoryEvent[] = [];
  let extent: Extent | null = null;
  for await (const part of link.history(request, { signal })) {
    if (part.type === 'events') newestFirst.push(...part.events);
    else extent = part.extent;
  }
  return { events: newestFirst.toReversed(), extent };
}

/** A real supervisord whose main log began before it: with these lines, and its own after them. */
async function withLog(t: ExecutionContext, text: string, options: SupervisordOptions = {}): Promise<Supervisord> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-log-'));
  const logfile = join(dir, 'supervisord.log');
  await writeFile(logfile, text);
  const host = await startSupervisord({ programs: WEB, settings: 'logfile_maxbytes=0', ...options, logfile });
  t.teardown(async () => {
    await host.stop();
    await rm(dir, { recursive: true, force: true });
  });
  return host;
}

const SECOND = 1_000;

/** Of a log whose times are UTC: one line each second, the last one at `end`. */
function manyLines(count: number, { end, name = 'old' }: { readonly end: number; readonly name?: string }): string {
  const lines: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const time = new Date(end - (count - 1 - index) * SECOND).toISOString();
    lines.push(
      `${time.slice(0, 10)} ${time.slice(11, 23).replace('.', ',')} INFO spawned: '${name}' with pid ${index + 1}\n`,
    );
  }
  return lines.join('');
}

const UTC = { env: { TZ: 'UTC' } };

test('all of a long log is told, newest first, each line once, whatever characters the pieces cut', async (t) => {
  const count = 60_000;
  const end = Math.floor(Date.now() / SECOND) * SECOND - 3_600_000;
  const host = await withLog(t, manyLines(count, { end, name: 'wörker漢🙂' }), UTC);
  t.true(statSync(logOf(host)).size > 3 * 1024 * 1024);
  const { events, extent } = await pastOf(createLink(host.config()));
  const old = events.filter((event) => event.kind === 'process' && event.name === 'wörker漢🙂');
  t.is(old.length, count);
  t.deepEqual([...new Set(old.map(({ approximate }) => approximate))], [false]);
  t.true(old.every((event, index) => event.at === end - (count - 1 - index) * SECOND && isPid(event, index + 1)));
  t.like(extent, { knownSince: end - (count - 1) * SECOND, complete: false, note: 'its main log begins there' });
});

function isPid(event: HistoryEvent, pid: number): boolean {
  return event.kind === 'process' && event.pid === pid;
}

function logOf(host: Supervisord): string {
  return /^logfile=(.*)$/m.exec(readFileSync(host.configPath, 'utf8'))?.[1] ?? '';
}

test('of a log of 50 MB only its end is read when the last hours are asked for', async (t) => {
  const end = Math.floor(Date.now() / SECOND) * SECOND - 60_000;
  const host = await withLog(t, manyLines(720_000, { end, name: 'a-program-with-a-long-name' }), UTC);
  t.true(statSync(logOf(host)).size > 50_000_000);
  const link = createLink(host.config());
  const began = cpuSeconds(host.pid());
  const at = performance.now();
  const since = end - 600_000;
  const { events, extent } = await pastOf(link, { since, until: end });
  const share = (cpuSeconds(host.pid()) - began) / ((performance.now() - at) / 1_000);
  t.is(events.length, 601);
  t.like(extent, { knownSince: since, complete: true, note: '' });
  t.log(`${Math.round(performance.now() - at)} ms, ${(share * 100).toFixed(1)} % of a core`);
});

/** User and system time of a process, in seconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
}

test('a log of several pieces is read at no more than a hundredth of a core', async (t) => {
  const end = Math.floor(Date.now() / SECOND) * SECOND - 60_000;
  const host = await withLog(t, manyLines(60_000, { end }), UTC);
  const link = createLink(host.config());
  const began = cpuSeconds(host.pid());
  const at = performance.now();
  const { events } = await pastOf(link);
  const seconds = (performance.now() - at) / 1_000;
  const share = (cpuSeconds(host.pid()) - began) / seconds;
  t.true(events.length >= 60_000);
  t.true(share <= 0.012, `${(share * 100).toFixed(2)} % of a core over ${seconds.toFixed(1)} s`);
});

test('hosts in other zones are told in one time, also by what ended only', async (t) => {
  for (const TZ of ['Asia/Kolkata', 'America/New_York', 'Pacific/Auckland']) {
    const host = await startSupervisord({ programs: WEB, env: { TZ } });
    t.teardown(host.stop);
    const before = Date.now();
    await host.rpc('supervisor.stopProcess', 'web');
    const after = Date.now();
    const { events } = await pastOf(createLink(host.config()), { since: before - 60_000 });
    const stopped = events.findLast((event) => event.kind === 'process');
    t.like(stopped, { to: 'STOPPED', group: 'web', approximate: false }, TZ);
    const at = stopped?.at ?? 0;
    t.true(at >= before - 1_000 && at <= after + 1_000, `${TZ}: ${at - before} ms`);
  }
});

testWith('faketime', test)('a night in which the clock is set back, told by runs that went through it', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mv-fake-'));
  const clock = await openClock(dir);
  const setClock = (utc: string) => clock.set(Math.round((Date.parse(utc) - Date.now()) / 1_000));
  await setClock('2026-10-24T12:00:00Z');
  const host = await startSupervisord({
    programs: `${WEB}[program:b]\ncommand=sleep 1000\nstartsecs=0\nautorestart=true\n`,
    env: { TZ: 'Europe/Berlin', ...clock.env },
  });
  t.teardown(async () => {
    await host.stop();
    await rm(dir, { recursive: true, force: true });
  });
  const restart = async (utc: string) => {
    await setClock(utc);
    const { pid } = await host.info('b');
    process.kill(pid, 'SIGKILL');
    await eventually(
      () => host.info('b'),
      (info) => info.pid > 0 && info.pid !== pid && info.statename === 'RUNNING',
      { what: 'b runs again' },
    );
  };
  const moments = ['2026-10-25T00:50:00Z', '2026-10-25T01:10:00Z', '2026-10-26T09:00:00Z'];
  for (const moment of moments) await restart(moment);
  const { now } = await host.info('b');
  const hostAhead = now * 1_000 - Date.now();
  const { events } = await pastOf(createLink(host.config()));
  const killed = events.filter((event) => event.kind === 'process' && event.to === 'EXITED');
  t.is(killed.length, 3);
  killed.forEach((event, index) => {
    const off = event.at + hostAhead - Date.parse(moments[index] ?? '');
    t.true(off > -3_000 && off < 20_000, `${moments[index]}: ${off} ms off`);
    t.false(event.approximate);
  });
});

test('a log that is rotated while it is read is told as far as it was read', async (t) => {
  const end = Math.floor(Date.now() / SECOND) * SECOND - 60_000;
  const host = await withLog(t, manyLines(60_000, { end }), UTC);
  const path = logOf(host);
  const parts = createLink(host.config()).history({}, { signal });
  // The first piece is out; what it was cut from is another file before the next one.
  renameSync(path, `${path}.1`);
  await writeFile(path, manyLines(40_000, { end, name: 'other' }));
  let extent: Extent | null = null;
  let count = 0;
  for await (const part of parts) {
    if (part.type === 'extent') ({ extent } = part);
    else count += part.events.length;
  }
  t.true(count >= 40_000);
  t.like(extent, { complete: false });
});

test('without a main log there is no history, and that is told; with one that says nothing too', async (t) => {
  for (const [logfile, note] of [
    ['/dev/null', /the main log is empty/],
    ['syslog', /no main log/],
  ] as const) {
    const host = await startSupervisord({ programs: WEB, logfile });
    t.teardown(host.stop);
    const { events, extent } = await pastOf(createLink(host.config()));
    t.deepEqual(events, [], logfile);
    t.like(extent, { knownSince: null, complete: false });
    t.regex(extent?.note ?? '', note, logfile);
  }
  const quiet = await startSupervisord({ programs: WEB, loglevel: 'warn' });
  t.teardown(quiet.stop);
  t.regex((await pastOf(createLink(quiet.config()))).extent?.note ?? '', /does not tell of state changes/);
});

test('a supervisord that is away has no history, with the reason', async (t) => {
  const host = await startSupervisord({ programs: WEB });
  const config = host.config();
  await host.stop();
  const { extent } = await pastOf(createLink(config));
  t.like(extent, { supervisor: 's', knownSince: null });
  t.regex(extent?.note ?? '', /no socket at/);
});

test('bytes that are no text cost only the lines around them', async (t) => {
  const end = Math.floor(Date.now() / SECOND) * SECOND - 60_000;
  const host = await withLog(t, '', UTC);
  const path = logOf(host);
  await writeFile(path, manyLines(5_000, { end: end - 10_000_000 }));
  await appendFile(path, Buffer.from([0xff, 0xfe, 0x0a]));
  await appendFile(path, manyLines(5_000, { end }));
  const { events } = await pastOf(createLink(host.config()));
  t.true(events.length > 9_600, `${events.length} of 10,000`);
});
