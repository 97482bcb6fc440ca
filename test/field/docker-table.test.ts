// Where supervisord and its programs write under Docker, and what is said of each. Devices are the test's own, in its
// folder: supervisord deletes what it is told to clear.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import { runMain } from '../cli/run-main.ts';
import { openDevice } from '../helpers/field/devices.ts';
import { killProcess, rowsAtOnce, startWatching, tellsCrash, writeConfig } from '../helpers/field/table-run.ts';
import { testUnless } from '../helpers/peers.ts';
import { startSupervisord } from '../helpers/supervisord/supervisord.ts';

type Setting = {
  readonly title: string;
  /** Where both write; given a folder of its own. */
  readonly log: (t: ExecutionContext, dir: string) => Promise<string> | string;
  /** The main log is a plain file, of this level. */
  readonly loglevel?: string;
  /** What doctor says of how changes are found. */
  readonly found: RegExp;
  /** What `logs` says of the log of the program. */
  readonly said: RegExp;
  readonly needsRoot?: boolean;
};

const device = (kind: 'pipe' | 'terminal') => async (t: ExecutionContext, dir: string) => {
  const opened = await openDevice(kind, join(dir, 'device'));
  t.teardown(opened.stop);
  return opened.path;
};
const makeNull = (_: ExecutionContext, dir: string) => {
  const path = join(dir, 'null');
  execFileSync('mknod', ['-m', '666', path, 'c', '1', '3']);
  return path;
};

const NO_LOG = /s:web:web has no stdout log \(NONE or syslog\)/;
const DEVICE = /which cannot be read back: under Docker, docker logs shows it/;
const POLLED = /by polling: /;
const TOLD = /told by its main log/;

const SETTINGS: readonly Setting[] = [
  {
    title: 'a pipe, as /dev/stdout is',
    log: device('pipe'),
    found: /by polling: its main log is a pipe or a terminal/,
    said: DEVICE,
  },
  {
    title: 'a terminal, as with docker run -t',
    log: device('terminal'),
    found: /by polling: its main log is a pipe or a terminal/,
    said: DEVICE,
  },
  // For supervisord's own log it is the name of a file.
  { title: 'NONE', log: () => 'NONE', found: TOLD, said: NO_LOG },
  { title: 'a null device', log: makeNull, found: POLLED, said: /^$/, needsRoot: true },
  { title: 'syslog', log: () => 'syslog', found: POLLED, said: NO_LOG },
  { title: 'a file, with level warn', log: () => '', loglevel: 'warn', found: POLLED, said: /^hello$/m },
  {
    title: 'a file, with level debug',
    log: () => '',
    loglevel: 'debug',
    found: TOLD,
    said: /^hello$/m,
  },
];

const LONG = { ms: 60_000 };

for (const { title, log, loglevel, found, said, needsRoot } of SETTINGS) {
  const root = needsRoot && process.getuid?.() !== 0 ? 'mknod needs root' : null;
  testUnless(root, test)(`logs to ${title}: status, doctor, watch, logs and restart say what is so`, (t) =>
    rowsAtOnce(async () => {
      const dir = await mkdtemp(join(tmpdir(), 'mv-field-'));
      t.teardown(() => rm(dir, { recursive: true, force: true }));
      const path = await log(t, dir);
      const own = path === '' ? '' : `stdout_logfile=${path}\nstdout_logfile_maxbytes=0\n`;
      const host = await startSupervisord({
        programs: `[program:web]\ncommand=sh -c 'echo hello; exec sleep 1000'\nstartsecs=0\n${own}`,
        ...(path === '' ? {} : { logfile: path, settings: 'logfile_maxbytes=0' }),
        ...(loglevel === undefined ? {} : { loglevel }),
      });
      t.teardown(host.stop);
      const config = await writeConfig(t, host.url);
      const watching = startWatching(t, ['watch', '--json', 'web', '-c', config]);

      const status = await runMain(['status', '-c', config]);
      t.is(status.code, 0, status.err);
      t.regex(status.out, /RUNNING +s:web:web/);

      const doctor = await runMain(['doctor', '-c', config]);
      t.is(doctor.code, 0, doctor.out);
      t.regex(doctor.out, found);

      const logs = await runMain(['logs', 'web', '-c', config]);
      t.regex(logs.out + logs.err, said);
      t.notRegex(logs.out + logs.err, /Nothing has been written/i);

      await watching.lines.until((line) => /"type":"snapshot"/.test(line) || undefined, { what: 'the rows', ...LONG });
      if (!doctor.out.includes('by polling'))
        await watching.lines.until((line) => /"source":"log"/.test(line) || undefined, { what: 'its source', ...LONG });
      const first = await killProcess(host, 'web');
      await watching.lines.until((line) => line.includes(String(first)) || undefined, { what: 'the row', ...LONG });
      await watching.lines.until((line) => tellsCrash(line) || undefined, { what: 'the crash', ...LONG });
      t.is(watching.lines.items.filter(tellsCrash).length, 1);

      const restarted = await runMain(['restart', 'web', '--wait', '-c', config]);
      t.is(restarted.code, 0, restarted.err);
      const { pid: last } = await host.info('web');
      t.not(last, first);
      await watching.lines.until((line) => line.includes(String(last)) || undefined, { what: 'the restart', ...LONG });
      t.notRegex(watching.lines.items.join('\n'), /unreachable|"type":"gap"/);
      const events = /events +(.*)/.exec(doctor.out)?.[1];
      t.log(`${events} · logs: ${(logs.out + logs.err).trim().split('\n').at(-1)}`);
    }),
  );
}
