import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { findSupervisord } from '../../../scripts/peers/find-supervisord.ts';
import { findMarked } from '../../../scripts/demonstration/marked-processes.ts';
import { startExample } from '../../../scripts/demonstration/start-example.ts';
import { eventually } from '../../helpers/deadline.ts';

const HOLD = fileURLToPath(new URL('../../helpers/hold-example.ts', import.meta.url));

test('the example starts beside another one of itself, and stopping it leaves nothing', async (t) => {
  const { signal } = new AbortController();
  const supervisord = await findSupervisord({ signal });
  const [one, two] = await Promise.all([startExample(supervisord, signal), startExample(supervisord, signal)]);
  const shown = await readFile(one.configPath, 'utf8');
  t.notRegex(shown, /:9011|:9013|\/tmp\/multivisor-lid/, 'nothing of the fixed addresses is left');
  for (const { mark } of [one, two]) {
    // supervisord may wait a second before it starts its first program.
    const programsRun = { what: 'three supervisors and their programs run', ms: 15_000 };
    await eventually(
      () => findMarked(mark).length,
      (count) => count > 20,
      programsRun,
    );
  }
  await one.stop();
  t.deepEqual(findMarked(one.mark), []);
  t.true(findMarked(two.mark).length > 20, 'the other one is left alone');
  await two.stop();
  t.deepEqual(findMarked(two.mark), []);
  t.false(existsSync(dirname(one.configPath)));
  t.false(existsSync(dirname(two.configPath)));
});

test('the example ends by itself when the one who started it is killed', async (t) => {
  const holder = spawn(process.execPath, [HOLD], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = await once(holder.stdout, 'data');
  const mark = String(said).trim();
  t.true(findMarked(mark).length >= 3);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await eventually(
    () => findMarked(mark),
    (left) => left.length === 0,
    { what: 'all gone', ms: 15_000 },
  );
  await eventually(
    () => existsSync(mark.replace(/^.*=/, '')),
    (there) => !there,
    { what: 'directory gone', ms: 15_000 },
  );
  t.pass();
});
