import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import test from 'ava';
import * as v from 'valibot';
import { availabilityReport as reportSchema } from '../../../src/core/view/published/report-schema.ts';
import { eventually } from '../../helpers/deadline.ts';
import { testWith } from '../../helpers/peers.ts';
import { startSupervisord } from '../../helpers/supervisord/supervisord.ts';
import { makeFolder, runMain } from '../run-main.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const schema: unknown = JSON.parse(readFileSync(new URL('../../../schema/report.v1.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allowUnionTypes: true, formats: { 'date-time': ISO } }).compile(Object(schema));
const ORACLE = fileURLToPath(new URL('../../fixtures/history/report.py', import.meta.url));
const oracle = v.record(v.string(), v.record(v.string(), v.number()));

/** The same numbers for the same seed: between 0 and 1. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function ms(seconds: number | undefined): number {
  return Math.round((seconds ?? NaN) * 1_000);
}

const NAMES = ['anna', 'bert', 'carl', 'dora', 'emil'];
type Going = 'down' | 'starting' | 'running' | 'backoff' | 'stopping';

/** What supervisord may have written about programs that live and die, some of the time under a supervisord that is killed. */
function makeStory(seed: number, { begin, end }: { readonly begin: number; readonly end: number }): string {
  const random = createRandom(seed);
  const lines: string[] = [];
  const going = new Map<string, Going>();
  let pid = 100;
  for (let at = begin; at < end; at += Math.ceil(random() * 900_000)) {
    const write = (text: string) => {
      const time = new Date(at).toISOString().replace('T', ' ').replace('.', ',').replace('Z', '');
      lines.push(`${time} INFO ${text}\n`);
    };
    if (lines.length === 0 || random() < 0.02) {
      going.clear();
      write(`supervisord started with pid ${++pid}`);
      continue;
    }
    const name = NAMES[Math.floor(random() * NAMES.length)] ?? '';
    const next = step(going.get(name) ?? 'down', random());
    going.set(name, next.to);
    write(next.text.replace('NAME', name).replace('PID', String(++pid)));
  }
  return lines.join('');
}

function step(state: Going, dice: number): { readonly to: Going; readonly text: string } {
  switch (state) {
    case 'down':
      return { to: 'starting', text: "spawned: 'NAME' with pid PID" };
    case 'starting':
      if (dice < 0.3) return { to: 'backoff', text: 'exited: NAME (exit status 1; not expected)' };
      return { to: 'running', text: 'success: NAME entered RUNNING state, process has stayed up for > than 1 seconds' };
    case 'backoff':
      if (dice < 0.3)
        return { to: 'down', text: 'gave up: NAME entered FATAL state, too many start retries too quickly' };
      return { to: 'starting', text: "spawned: 'NAME' with pid PID" };
    case 'running':
      if (dice < 0.4) return { to: 'down', text: 'exited: NAME (terminated by SIGKILL; not expected)' };
      if (dice < 0.6) return { to: 'down', text: 'exited: NAME (exit status 0; expected)' };
      return { to: 'stopping', text: 'waiting for NAME to stop' };
    case 'stopping':
      return { to: 'down', text: 'stopped: NAME (terminated by SIGTERM)' };
  }
}

testWith('python3', test)('the figures are those that Python works out over the same logs', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mv-report-'));
  const logfile = join(dir, 'supervisord.log');
  const folder = await makeFolder();
  // A supervisord of now, so that its zone is known: what it writes is behind the window.
  const until = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;
  const since = until - 6 * 86_400_000;
  await writeFile(logfile, '');
  const programs = '[program:web]\ncommand=sleep 1000\nstartsecs=0\n';
  const host = await startSupervisord({ programs, logfile, settings: 'logfile_maxbytes=0', env: { TZ: 'UTC' } });
  t.teardown(async () => {
    await host.stop();
    await rm(dir, { recursive: true, force: true });
    await folder.remove();
  });
  const config = await folder.write('mv.conf', `[supervisor:s]\nurl = ${host.url}\n`);
  const own = readFileSync(logfile, 'utf8');
  for (let seed = 1; seed <= 10; seed += 1) {
    // Some begin within the window, some hours before it.
    const begin = seed % 2 === 0 ? since + 40_000_000 : since - 10_000_000;
    await writeFile(logfile, makeStory(seed, { begin, end: until + 1_000_000 }) + own);
    const at = [since, until].map((time) => new Date(time).toISOString());
    const ran = await runMain(['report', '--since', at[0] ?? '', '--until', at[1] ?? '', '--json', '-c', config]);
    t.is(ran.code, 0, ran.err);
    const parsed: unknown = JSON.parse(ran.out);
    t.true(validate(parsed), JSON.stringify(validate.errors));
    const told = v.parse(reportSchema, parsed);
    const python: unknown = JSON.parse(
      execFileSync('python3', [ORACLE, logfile, String(since), String(until)], { encoding: 'utf8' }),
    );
    const expected = v.parse(oracle, python);
    const rows = Object.fromEntries(told.processes.filter(({ name }) => name !== 'web').map((row) => [row.name, row]));
    t.deepEqual(
      Object.keys(rows).toSorted((a, b) => a.localeCompare(b)),
      NAMES,
    );
    for (const name of NAMES) {
      const row = rows[name];
      t.deepEqual(
        {
          up: ms(row?.upSeconds),
          down: ms(row?.downSeconds),
          stopped: ms(row?.stoppedSeconds),
          unknown: ms(row?.unknownSeconds),
          crashes: row?.crashes,
          restarts: row?.restarts,
          longest: ms(row?.longestOutageSeconds),
        },
        expected[name],
        `${name}, seed ${seed}`,
      );
    }
    const sum = told.processes.reduce((all, { crashes }) => all + crashes, 0);
    t.is(told.totals.all.crashes, sum);
    const worst = told.processes.flatMap(({ availability }) => availability ?? []);
    t.deepEqual(
      worst,
      worst.toSorted((a, b) => a - b),
      'worst first',
    );
  }
});

test('what crashes now is the worst, what nobody knows is not counted as up, and all is told in a table and as CSV', async (t) => {
  const folder = await makeFolder();
  const host = await startSupervisord({
    programs:
      '[program:good]\ncommand=sleep 1000\nstartsecs=0\n' +
      '[program:loop]\ncommand=sh -c "sleep 0.2; exit 3"\nstartsecs=0\nautorestart=true\n',
  });
  t.teardown(async () => {
    await host.stop();
    await folder.remove();
  });
  const config = await folder.write(
    'mv.conf',
    `[supervisor:s]\nurl = ${host.url}\n[supervisor:gone]\nurl = unix:///nowhere/s\n`,
  );
  await eventually(
    () => host.readLog(),
    (text) => text.split('exited: loop').length > 4,
    { what: 'it crashed a few times' },
  );
  const json = await runMain(['report', '--since', '1h', '--json', '-c', config]);
  const [first, second] = v.parse(reportSchema, JSON.parse(json.out)).processes;
  t.like(first, { uid: 's:loop:loop', lastCrash: { approximate: false, reason: { kind: 'exit', status: 3 } } });
  t.true((first?.crashes ?? 0) >= 4 && (first?.restarts ?? 0) >= 3 && first?.mtbfSeconds !== null);
  t.like(second, { uid: 's:good:good', crashes: 0, mtbfSeconds: null });
  t.true((second?.unknownSeconds ?? 0) > 3_500 && (second?.upSeconds ?? 0) < 60);

  const table = await runMain(['report', '--since', '1h', '-c', config]);
  t.regex(table.out, /^AVAILABLE +CRASHES +RESTARTS +MTBF +LONGEST +UNKNOWN +PROCESS +LAST CRASH\n/);
  t.regex(table.out, /s:loop:loop +\d{4}-\S+Z exit 3 \(not expected\)|s:loop:loop +\d{4}-\S+Z exit 3\n/);
  t.regex(table.out, / group loop\n[^]* supervisor s\n[^]* all\n/);
  t.regex(table.err, /gone: no history from the host/);
  const csv = await runMain(['report', 'good', '-o', 'csv', '-c', config]);
  t.regex(csv.out, /^kind,supervisor,group,name,availability,.*\r\nprocess,s,good,good,/);
  t.is((await runMain(['report', '--since', '1h', '--until', '2h', '-c', config])).code, 2);
});
