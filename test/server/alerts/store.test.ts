// What a server keeps, in a real file: whoever cannot keep it tells so, and goes on.
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import * as v from 'valibot';
import { run } from '../../../scripts/run.ts';
import { toTestMessage } from '../../../src/core/alerts/message.ts';
import { openAlertStore } from '../../../src/server/alerts/store.ts';
import { snapshotOf } from '../../helpers/core/snapshot.ts';
import { testUnless } from '../../helpers/peers.ts';
import { whyNoSmallDisk } from '../../helpers/small-disk.ts';

const INCIDENT = {
  id: 'i1',
  alert: 'night',
  cause: 'fatal',
  supervisor: 'a',
  uid: 'a:web:web',
  since: 1,
  times: 1,
  why: '',
  end: null,
  lengthMs: null,
  told: null,
} as const;
const message = toTestMessage('night', { snapshot: snapshotOf([]), now: 0, pageUrl: 'http://h' });

function delivery(id: string) {
  return { id, channel: 'c', addedAt: 5, message };
}

async function makeDir(t: ExecutionContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mv-store-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return join(dir, 'state');
}

test('the next server finds what was open, muted, waiting and given up', async (t) => {
  const dir = await makeDir(t);
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  const first = await openAlertStore(dir, warn);
  first.save({ incidents: [INCIDENT, { ...INCIDENT, id: 'i2' }], deliveries: ['d1', 'd2', 'd3'].map(delivery) });
  first.save({ incidents: [{ ...INCIDENT, id: 'i2', end: 'recovered', lengthMs: 7, told: 'i2' }], deliveries: [] });
  first.done('d2');
  first.giveUp({ at: 1, receiver: 'https://h', title: 'x', said: '404' });
  const mute = { id: 'm', selectors: ['*'], supervisors: ['*'], until: 9, by: 'ann', why: '' };
  first.setMutes([mute]);
  first.close();
  t.is((await stat(dir)).mode & 0o777, 0o700);
  t.is((await stat(join(dir, 'alerts.sqlite'))).mode & 0o777, 0o600);
  const second = await openAlertStore(dir, warn);
  t.deepEqual(second.kept.open, [INCIDENT]);
  t.like(second.kept.closed[0], { id: 'i2', end: 'recovered', lengthMs: 7 });
  t.deepEqual(
    second.kept.deliveries.map(({ id }) => id),
    ['d1', 'd3'],
  );
  t.deepEqual(second.kept.mutes, [mute]);
  t.is(second.kept.givenUp[0]?.said, '404');
  second.close();
  t.deepEqual(warnings, []);
});

test('a directory or a file that is not ours alone, broken, or of a newer version is told, and alerts go on', async (t) => {
  const cases: readonly (readonly [string, (dir: string) => Promise<unknown>, RegExp])[] = [
    ['others may write', async (dir) => (await mkdir(dir), await chmod(dir, 0o777)), /others may write to/],
    ['a link', (dir) => symlink(tmpdir(), dir), /is no directory/],
    ['a file', (dir) => writeFile(dir, ''), /is no directory/],
    [
      'broken',
      async (dir) => (await mkdir(dir), await writeFile(join(dir, 'alerts.sqlite'), 'x'.repeat(9_000))),
      /not a database/,
    ],
    [
      'newer',
      async (dir) => {
        await mkdir(dir);
        const database = new DatabaseSync(join(dir, 'alerts.sqlite'));
        database.exec('PRAGMA user_version = 99');
        database.close();
      },
      /a newer multivisor wrote/,
    ],
    [
      'a link in its place',
      async (dir) => {
        await mkdir(dir);
        await writeFile(`${dir}-other`, '');
        await symlink(`${dir}-other`, join(dir, 'alerts.sqlite'));
      },
      /ELOOP/,
    ],
  ];
  for (const [what, prepare, expected] of cases) {
    const dir = await makeDir(t);
    await prepare(dir);
    const warnings: string[] = [];
    const store = await openAlertStore(dir, (text) => void warnings.push(text));
    t.regex(warnings.join(), expected, what);
    t.is(warnings.length, 1, what);
    store.save({ incidents: [INCIDENT], deliveries: [] });
    store.close();
  }
});

const toldAndKept = v.object({
  warnings: v.array(v.string()),
  whileFull: v.number(),
  incidents: v.array(v.string()),
  deliveries: v.array(v.string()),
});

testUnless(whyNoSmallDisk(), test)('what could not be kept on a full disk is kept once there is room', async (t) => {
  const place = await mkdtemp(join(tmpdir(), 'mv-full-'));
  t.teardown(() => rm(place, { recursive: true, force: true }));
  const entry = fileURLToPath(new URL('../../helpers/server/full-store-entry.ts', import.meta.url));
  const script = 'mount -t tmpfs -o size=1m,mode=0700 none "$1" && exec "$2" "$3" "$1"';
  const args = ['--mount', 'sh', '-c', script, 'sh', place, process.execPath, entry];
  const { signal } = new AbortController();
  const { ok, output } = await run('unshare', args, { signal, timeoutMs: 60_000 });
  t.true(ok, output);
  const { warnings, whileFull, incidents, deliveries } = v.parse(toldAndKept, JSON.parse(output));
  t.is(whileFull, 1, 'said once');
  t.regex(warnings[0] ?? '', /alerts cannot be kept on disk: .*(?:full|I\/O)/);
  t.deepEqual(warnings.slice(1), ['alerts are kept on disk again']);
  t.true(incidents.includes('before') && incidents.includes('late'), incidents.join());
  t.is(new Set(incidents).size, incidents.length);
  t.true(deliveries.includes('late'));
  t.false(deliveries.includes('early') || deliveries.includes('gone'));
});
