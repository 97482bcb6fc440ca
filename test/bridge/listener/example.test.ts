// The example runs as it stands, but for its port and the path of the command, which a test machine may not have.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { findSupervisord } from '../../../scripts/peers/find-supervisord.ts';
import { freePort, portOpens } from '../../helpers/free-port.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BIN = `${process.execPath} ${join(ROOT, 'bin/multivisor.ts')}`;

test('the example of the listener is seen through its port, and the doctor says what answers there', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mv-example-'));
  await cp(join(ROOT, 'examples/listener'), dir, { recursive: true });
  const port = await freePort();
  await edit(join(dir, 'supervisord.conf'), (text) =>
    text.replace('command = multivisor listener', `command = ${BIN} listener`).replace(/:9002/gu, `:${port}`),
  );
  await edit(join(dir, 'multivisor.conf'), (text) => text.replace(':9002', `:${port}`));
  const supervisord = spawn(await findSupervisord(), ['-n', '-c', 'supervisord.conf'], {
    cwd: dir,
    // Where it puts the logs of programs for which no file is named, and leaves them at its end.
    env: { ...process.env, TMPDIR: dir },
    stdio: 'ignore',
  });
  t.teardown(async () => {
    const exited = once(supervisord, 'exit');
    supervisord.kill('SIGTERM');
    await exited;
    await rm(dir, { recursive: true, force: true });
  });
  await portOpens(port);
  const run = async (...args: string[]) => {
    const [command = '', ...words] = BIN.split(' ');
    const child = spawn(command, [...words, ...args, '-c', join(dir, 'multivisor.conf')], { cwd: ROOT });
    let said = '';
    child.stdout.on('data', (chunk) => (said += String(chunk)));
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    await once(child, 'close');
    return said;
  };
  t.regex(await run('status', '--timeout', '20s'), /clock/u);
  t.regex(await run('doctor', '--timeout', '20s'), /our listener/u);
});

async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}
