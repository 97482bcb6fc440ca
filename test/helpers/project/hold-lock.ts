// Takes the lock of a run directory, says so, and keeps it until its stdin ends. With the path of a file: takes it again
// and again, and each time makes that file, which must not be there.
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { lockRunDirectory } from '../../../src/bridge/project/run-directory/lock.ts';

const TIMES = 30;

const [, , dir = '', file] = process.argv;
const signal = AbortSignal.timeout(60_000);
if (file === undefined) {
  const release = await lockRunDirectory(dir, { signal });
  process.stdout.write('held\n');
  await once(process.stdin.resume(), 'end');
  release();
} else {
  for (let time = 0; time < TIMES; time++) {
    const release = await lockRunDirectory(dir, { signal });
    writeFileSync(file, '', { flag: 'wx' });
    await new Promise((resolve) => setImmediate(resolve));
    rmSync(file);
    release();
  }
}
