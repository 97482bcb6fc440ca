// The audit of a server that runs, when it is moved away: by logrotate itself, with SIGHUP as it is told to say.
import { chmod, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { run } from '../../../scripts/run.ts';
import { eventually } from '../../helpers/deadline.ts';
import { findPeer, testWith } from '../../helpers/peers.ts';
import { makeFolder, startChild } from '../run-main.ts';

const LIMIT_MS = 60_000;
const withLogrotate = testWith('logrotate', test);

/** How often the configuration was read, which stands in the audit. */
async function readings(path: string): Promise<number> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  return lines.filter((line) => line.includes('"event":"config-read"')).length;
}

const TITLE = 'logrotate and SIGHUP: the audit goes on in a new file, readable by nobody else, and no line is lost';

withLogrotate(TITLE, async (t) => {
  const folder = await makeFolder();
  t.teardown(folder.remove);
  const config = await folder.write('multivisor.conf', '[supervisor:a]\nurl = http://127.0.0.1:1\n');
  const logs = join(folder.path, 'logs');
  await mkdir(logs, { mode: 0o700 });
  const audit = join(logs, 'audit.log');
  const serve = startChild(['serve', '-c', config, '--bind', '127.0.0.1:0', '--audit', audit], { unbounded: true });
  t.teardown(async () => {
    serve.child.kill('SIGKILL');
    await serve.ended;
  });
  const told = (what: RegExp, from = 0) =>
    eventually(
      () => what.exec(serve.stderr().slice(from))?.[1] ?? '',
      (found) => found !== '',
      { what: String(what), ms: LIMIT_MS },
    );
  const url = await told(/at (http:\S+)/u);
  /** Its line is written after the answer. */
  const read = async (count: number) => {
    t.is((await fetch(`${url}/api/config/file`)).status, 200);
    const what = `it is written down ${count} times`;
    await eventually(
      () => readings(audit),
      (found) => found === count,
      { what, ms: LIMIT_MS },
    );
  };
  const rules = await folder.write(
    'logrotate.conf',
    `${audit} {\n  rotate 5\n  nocreate\n  postrotate\n    kill -HUP ${serve.child.pid}\n  endscript\n}\n`,
  );
  await chmod(rules, 0o600);
  const rotate = async () => {
    const from = serve.stderr().length;
    const args = ['--force', '--state', join(folder.path, 'state'), rules];
    const options = { signal: new AbortController().signal, timeoutMs: LIMIT_MS };
    const rotated = await run(findPeer('logrotate') ?? '', args, options);
    t.true(rotated.ok, rotated.output);
    await told(/(the configuration was read again)/u, from);
    t.is((await stat(audit)).mode & 0o777, 0o600);
  };
  await read(1);
  await rotate();
  await read(1);
  await read(2);
  await rotate();
  await read(1);
  t.is(await readings(`${audit}.1`), 2);
  t.is(await readings(`${audit}.2`), 1);
});
