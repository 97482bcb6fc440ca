import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import * as v from 'valibot';
import { eventually } from '../helpers/deadline.ts';
import type { Supervisord } from '../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';
import { makeFolder, startChild } from './run-main.ts';

const COUNT = 8;
const NAMES = Array.from({ length: COUNT }, (_, index) => `web_${index}`);
/** Does not come up when there is a file with its number. */
const PROGRAMS = `
[program:web]
command=sh -c '[ -e %(here)s/broken%(process_num)d ] && exit 1; exec sleep 1000'
process_name=%(program_name)s_%(process_num)d
numprocs=${COUNT}
startretries=0
`;

const outcomes = v.object({
  results: v.array(v.looseObject({ uid: v.string(), ok: v.boolean(), code: v.string(), to: v.nullable(v.string()) })),
});

/** All of them run, and the line that restarts them two by two. */
async function setUp(t: ExecutionContext) {
  const folder = await makeFolder();
  const host = await startSupervisord({ programs: PROGRAMS });
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  await eventually(host.readAll, (all) => all.every(({ statename }) => statename === 'RUNNING'), {
    what: 'all of them run',
    ms: 60_000,
  });
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  const line = ['restart', 'web:*', '--batch', '2', '--wait', '--json', '-y', '-c', config];
  const pids = async () => new Map((await host.readAll()).map(({ name, pid }) => [name, pid]));
  return { host, line, pids };
}

/** Runs the line, and asks supervisord all the while how many are not RUNNING. */
async function roll(t: ExecutionContext, host: Supervisord, line: readonly string[]) {
  const before = (await host.readLog()).length;
  const { child, lines, ended } = startChild(line);
  t.teardown(() => child.kill('SIGKILL'));
  const samples: number[] = [];
  while (child.exitCode === null && child.signalCode === null) {
    const all = await host.readAll();
    samples.push(all.filter(({ statename }) => statename !== 'RUNNING').length);
  }
  const code = await ended;
  const { results } = v.parse(outcomes, JSON.parse(lines.items.join('\n')));
  return { code, results, samples, mostDown: mostDownIn((await host.readLog()).slice(before)) };
}

/** By its own log, which leaves out no moment: how many were down at once, from the end of one to its success. */
function mostDownIn(log: string): number {
  const down = new Set<string>();
  let most = 0;
  for (const line of log.split('\n')) {
    const stopped = /(?:stopped|exited): (\S+) \(/.exec(line)?.[1];
    const running = /success: (\S+) entered RUNNING/.exec(line)?.[1];
    if (stopped !== undefined) down.add(stopped);
    if (running !== undefined) down.delete(running);
    most = Math.max(most, down.size);
  }
  return most;
}

test('a roll of eight in twos never has more than two of them not running', async (t) => {
  const { host, line, pids } = await setUp(t);
  const before = await pids();
  const { code, results, samples, mostDown } = await roll(t, host, line);
  t.log(`${samples.length} samples, at most ${Math.max(...samples)} down; by the log ${mostDown}`);
  t.is(code, 0);
  t.deepEqual(
    results.map(({ uid, code: outcome, to }) => [uid, outcome, to]),
    NAMES.map((name) => [`s:web:${name}`, 'ok', 'RUNNING']),
  );
  t.true(samples.some((down) => down > 0));
  t.true(samples.every((down) => down <= 2));
  t.is(mostDown, 2);
  const after = await pids();
  for (const name of NAMES) t.not(after.get(name), before.get(name), name);
});

test('a roll with one that cannot start stops after its batch with 6, and lists those it did not touch', async (t) => {
  const { host, line, pids } = await setUp(t);
  const before = await pids();
  writeFileSync(join(host.dir, 'broken3'), '');
  const { code, results, samples, mostDown } = await roll(t, host, line);
  t.is(code, 6);
  t.deepEqual(
    results.map(({ uid, code: outcome }) => [uid, outcome]),
    NAMES.map((name, index) => [`s:web:${name}`, index === 3 ? 'failed' : index < 3 ? 'ok' : 'untouched']),
  );
  t.true(samples.every((down) => down <= 2));
  t.is(mostDown, 2);
  const after = await pids();
  for (const [index, name] of NAMES.entries()) t.is(after.get(name) === before.get(name), index > 3, name);
});
