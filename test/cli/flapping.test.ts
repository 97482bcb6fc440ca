// Real programs that end again and again, under a real supervisord.
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { createLink } from '../../src/bridge/create-link.ts';
import { toSpec } from '../../src/cli/session/open-session.ts';
import type { Process } from '../../src/core/model.ts';
import type { Clock } from '../../src/core/ports.ts';
import { createLocalSession } from '../../src/core/session/local-session.ts';
import { realClock } from '../helpers/core/world.ts';
import { eventually } from '../helpers/deadline.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { makeFolder, startChild } from './run-main.ts';

const QUIET_MS = 10 * 60_000;

/** Real time, of which the test skips ten minutes at once. */
function createSkippingClock() {
  let skipped = 0;
  const held = new Set<() => void>();
  const clock: Clock = {
    now: realClock.now,
    monotonic: () => realClock.monotonic() + skipped,
    after: (ms, callback) => {
      if (ms < QUIET_MS / 2) return realClock.after(ms, callback);
      held.add(callback);
      return () => void held.delete(callback);
    },
  };
  const skip = () => {
    skipped += QUIET_MS + 1_000;
    const due = Array.from(held);
    held.clear();
    due.forEach((callback) => callback());
  };
  return { clock, skip };
}

async function watchPrograms(programs: string) {
  const host = await startSupervisord({ programs });
  const { clock, skip } = createSkippingClock();
  const config = host.config();
  const supervisors = [{ spec: toSpec(config), link: createLink(config) }];
  const session = createLocalSession({ name: 'lab', epoch: 'e', by: 'me', supervisors, clock });
  const get = (name: string): Process | undefined =>
    session.snapshot().supervisors.get(config.name)?.processes.get(`${config.name}:${name}:${name}`);
  /** What was reported is as far as what was read; of a transition that was read alone no pid may be known. */
  const isTold = (name: string): boolean => {
    const last = session.timeline().findLast(({ uid }) => uid === `${config.name}:${name}:${name}`);
    return last?.to === 'RUNNING' && (last.pid === null || last.pid === get(name)?.pid);
  };
  // Somebody looks.
  const unsubscribe = session.subscribe(() => {});
  const close = async () => {
    unsubscribe();
    await session.close();
    await host.stop();
  };
  return { skip, get, isTold, close };
}

const LOOPS = [
  "[program:loop]\ncommand=sh -c 'exit 1'\nstartsecs=0\nautorestart=true\n",
  "[program:slow]\ncommand=sh -c 'sleep 1.5; exit 3'\nstartsecs=1\nautorestart=true\n",
  '[program:fine]\ncommand=sleep 1000\nstartsecs=0\n',
].join('');

test('a startsecs=0 loop and one that runs for a second and a half flap; what runs does not', async (t) => {
  const { get, close } = await watchPrograms(LOOPS);
  t.teardown(close);
  for (const [name, status] of [
    ['loop', 1],
    ['slow', 3],
  ] as const) {
    const process = await eventually(
      () => get(name),
      (each) => (each?.flapping?.times ?? 0) >= 5,
      { what: `${name} flaps`, ms: 60_000 },
    );
    t.deepEqual(process?.fall?.reason, { kind: 'exit', status, expected: false });
  }
  t.is(get('fine')?.flapping, null);
});

test('a program that heals flaps until it was quiet for as long', async (t) => {
  const folder = await makeFolder();
  const runs = await folder.write('runs', '');
  const heals = `echo >> ${runs}; test $(wc -l < ${runs}) -gt 9 || exit 1; exec sleep 1000`;
  const { get, isTold, skip, close } = await watchPrograms(
    `[program:heals]\ncommand=sh -c '${heals}'\nstartsecs=0\nautorestart=true\n`,
  );
  t.teardown(async () => {
    await close();
    await folder.remove();
  });
  await eventually(
    async () => ({ turns: (await readFile(runs, 'utf8')).length, process: get('heals') }),
    ({ turns, process }) => turns === 10 && isTold('heals') && process?.state === 'RUNNING',
    { what: 'the tenth run, which goes on', ms: 60_000 },
  );
  t.truthy(get('heals')?.flapping, 'it has not been quiet yet');
  skip();
  await eventually(
    () => get('heals')?.flapping,
    (flapping) => flapping === null,
    { what: 'it flaps no more' },
  );
  t.is(get('heals')?.state, 'RUNNING');
});

const isSum = (line: string) => / flapping: \d+ times in 10 min, exit 1$/.test(line);

test('watch sums a loop up, and tells each of its turns with --all', async (t) => {
  const host = await startSupervisord({ programs: LOOPS.slice(0, LOOPS.indexOf('[program:slow]')) });
  const folder = await makeFolder();
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  const summed = startChild(['watch', '--no-snapshot', '-c', config]);
  const all = startChild(['watch', '--no-snapshot', '--all', '-c', config]);
  t.teardown(() => [summed, all].forEach(({ child }) => child.kill('SIGKILL')));
  const find = (line: string) => (isSum(line) ? line : undefined);
  await summed.lines.until(find, { what: 'the first sum', ms: 60_000 });
  const first = summed.lines.items.findIndex(isSum);
  await summed.lines.until(find, { what: 'the second sum', ms: 60_000, from: first + 1 });
  const later = summed.lines.items.slice(first).filter((line) => line.includes('s:loop:loop'));
  t.true(later.every(isSum), later.join('\n'));
  t.true(later.length <= 3);
  const turns = all.lines.items.filter((line) => line.includes('EXITED'));
  t.true(turns.length > 6, all.lines.items.join('\n'));
});
