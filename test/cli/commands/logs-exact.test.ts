import { existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import * as v from 'valibot';
import { eventually } from '../../helpers/deadline.ts';
import type { Supervisord } from '../../helpers/supervisord/supervisord.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import { makeFolder, startChild } from '../run-main.ts';

/** Counts on stdout, and notes each number in a file of its own: what was written, whatever became of the log. */
const COUNTER = `
import os, signal, sys, time
name, over = sys.argv[1], []
signal.signal(signal.SIGTERM, lambda *_: over.append(1))
with open(name + '.written', 'a+') as written:
    written.seek(0)
    number = len(written.readlines())
    while not over:
        number += 1
        os.write(1, f'{name} {number} \\u00e9\\u6f22\\U0001f600\\n'.encode())
        written.write(f'{number}\\n')
        written.flush()
        time.sleep(0.004)
`;

const program = (name: string, script: string, more: string) => `
[program:${name}]
command=python3 ${script} ${name}
directory=%(here)s
stdout_logfile=%(here)s/${name}.log
redirect_stderr=true
startsecs=0
${more}
`;

const told = v.variant('type', [
  v.object({ type: v.literal('line'), uid: v.string(), line: v.string() }),
  v.object({ type: v.literal('gap'), uid: v.string(), reason: v.string() }),
]);

const MS = 60_000;

test('logs -f loses and doubles nothing but what a gap tells of, whatever becomes of log, process and supervisord', async (t) => {
  const folder = await makeFolder();
  const script = await folder.write('counter.py', COUNTER);
  const rotating = 'stdout_logfile_maxbytes=40KB\nstdout_logfile_backups=99';
  const [one, two] = await Promise.all([
    startSupervisord({
      programs: program('rotated', script, rotating) + program('cleared', script, 'stdout_logfile_maxbytes=0'),
    }),
    startSupervisord({ listen: 'tcp', programs: program('whole', script, 'stdout_logfile_maxbytes=0') }),
  ]);
  t.teardown(async () => {
    await Promise.all([one.stop(), two.stop()]);
    await folder.remove();
  });
  const config = await folder.write(
    'mv.conf',
    `[supervisor:one]\nurl = ${one.url}\n[supervisor:two]\nurl = ${two.url}\n`,
  );
  const hosts = [
    [one, 'rotated'],
    [one, 'cleared'],
    [two, 'whole'],
  ] as const;
  for (const [host, name] of hosts) {
    await eventually(
      () => existsSync(join(host.dir, `${name}.written`)),
      (exists) => exists,
      { what: `${name} writes`, ms: MS },
    );
  }
  const { lines, child, ended, stderr } = startChild([
    'logs',
    'rotated',
    'cleared',
    'whole',
    '-f',
    '-n',
    '5',
    '--json',
    '-c',
    config,
  ]);
  t.teardown(() => child.kill('SIGKILL'));

  const parsed: v.InferOutput<typeof told>[] = [];
  const of = (name: string) => {
    for (const line of lines.items.slice(parsed.length)) parsed.push(v.parse(told, JSON.parse(line)));
    return parsed.filter(({ uid }) => uid.endsWith(`:${name}`));
  };
  /** Waits until so many more lines have been written, and the last of them is told. */
  const comes = async (host: Supervisord, name: string, more = 50) => {
    const goal = written(host, name) + more;
    await eventually(
      () => of(name).some((each) => each.type === 'line' && numberOf(each.line) >= goal),
      (seen) => seen,
      { what: `line ${goal} of ${name}`, ms: MS },
    );
  };
  const gaps = (name: string) => of(name).filter(({ type }) => type === 'gap').length;

  await Promise.all(hosts.map(([host, name]) => comes(host, name)));

  // A rotation.
  await eventually(
    () => gaps('rotated'),
    (count) => count >= 1,
    { what: 'a rotation', ms: MS },
  );
  // A clearing, and a truncation in place as by logrotate's copytruncate.
  await one.rpc('supervisor.clearProcessLogs', 'cleared');
  await comes(one, 'cleared', 300);
  truncateSync(join(one.dir, 'cleared.log'));
  await comes(one, 'cleared', 300);
  t.true(gaps('cleared') >= 2);
  // A restart of the process.
  for (const [host, name] of [
    [two, 'whole'],
    [one, 'rotated'],
  ] as const) {
    await host.rpc('supervisor.stopProcess', name);
    await host.rpc('supervisor.startProcess', name);
    await comes(host, name);
  }
  // A reload of the supervisord.
  const { pid } = await two.info('whole');
  await two.rpc('supervisor.restart');
  await eventually(
    () => two.info('whole').catch(() => ({ pid })),
    (now) => now.pid !== pid && now.pid > 0,
    { what: 'the supervisord has reloaded', ms: MS },
  );
  await comes(two, 'whole', 200);

  child.kill('SIGINT');
  t.is(await ended, 130, stderr());
  for (const name of ['rotated', 'cleared', 'whole']) {
    const { faults, count, lost } = judge(of(name));
    t.log(`${name}: ${count} lines, ${gaps(name)} gaps, ${lost} lines lost in them`);
    t.deepEqual(faults, [], name);
  }
  t.is(gaps('whole'), 0);
  t.is(judge(of('whole')).lost, 0);
});

function written(host: Supervisord, name: string): number {
  return readFileSync(join(host.dir, `${name}.written`), 'utf8').split('\n').length - 1;
}

function numberOf(line: string): number {
  return Number(/^\w+ (\d+) é漢😀$/u.exec(line)?.[1] ?? Number.NaN);
}

/**
 * What a reader could not know from the gaps: lines that came twice, and lines lost or broken with no gap told right
 * there, or later and before the next loss.
 */
function judge(all: readonly v.InferOutput<typeof told>[]) {
  const faults: string[] = [];
  let last = Number.NaN;
  let lost = 0;
  let broken = false;
  let untold: string | null = null;
  for (const [index, each] of all.entries()) {
    if (each.type === 'gap') {
      untold = null;
      continue;
    }
    const number = numberOf(each.line);
    const missing = number - last - 1;
    if (missing < 0) faults.push(`${number} after ${last}`);
    if (missing > 0) lost += missing;
    // A line that a loss went through is not one of those that were written, and belongs to that loss.
    const loses = Number.isNaN(number) || (missing > 0 && !broken);
    if (loses && untold !== null) faults.push(untold);
    if (loses) untold = all[index - 1]?.type === 'gap' ? null : `${each.line} after ${last}, and no gap`;
    broken = Number.isNaN(number);
    if (!broken) last = number;
  }
  return { faults: untold === null ? faults : [...faults, untold], count: all.length, lost };
}
