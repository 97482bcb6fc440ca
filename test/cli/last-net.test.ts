import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const FIXTURE = fileURLToPath(new URL('../fixtures/cli/throw-late.ts', import.meta.url));

async function run(...args: readonly string[]) {
  const child = spawn(process.execPath, [FIXTURE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = await once(child, 'close');
  return { code, out, err };
}

for (const kind of ['exception', 'rejection']) {
  test(`an ${kind} that nobody awaits ends a short command with one harmless line, and 1`, async (t) => {
    const { code, out, err } = await run(kind);
    t.is(code, 1);
    t.is(out, '');
    t.regex(err, /^multivisor: a fault of this program: the serialiser threw at a\\x01b \\x1b\]52;c;Zm9v.*\n$/u);
    t.notRegex(err, /\n\s+at /u, 'no stack');
    t.notRegex(err.trimEnd(), /\p{Cc}/u);
  });

  test(`an ${kind} that nobody awaits is told, and what runs for long goes on`, async (t) => {
    const { code, out, err } = await run(kind, '3');
    t.is(code, 0);
    t.is(out.match(/^told: a fault of this program: the serialiser threw/gmu)?.length, 3);
    t.regex(out, /still alive/u);
    t.is(err, '');
  });
}

test('so many faults that nothing can be said of what is in memory end also what runs for long', async (t) => {
  const { code, out, err } = await run('rejection', '50');
  t.is(code, 1);
  t.is(out.match(/^told/gmu)?.length, 10);
  t.regex(err, /^multivisor: a fault of this program/u);
});
