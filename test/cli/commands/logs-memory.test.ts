import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { flood } from '../../helpers/supervisord/flood.ts';

const BIN = fileURLToPath(new URL('../../../bin/multivisor.ts', import.meta.url));
const MEGABYTES = 20;

test('a log that is long followed comes whole, and the follower does not grow with it', async (t) => {
  const { lines, jumps, seconds, rssBefore, rssPeak } = await flood({
    megabytes: MEGABYTES,
    ms: 60_000,
    follow: (args) => spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }),
  });
  t.log(`${MEGABYTES} MB in ${seconds.toFixed(1)} s; RSS ${rssBefore.toFixed(0)} MB, at most ${rssPeak.toFixed(0)} MB`);
  t.is(lines, MEGABYTES * 10_000);
  t.is(jumps, 0);
  t.true(rssPeak - rssBefore <= 60, `${rssBefore} → ${rssPeak} MB`);
});
