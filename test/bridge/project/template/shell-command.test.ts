import { execFileSync } from 'node:child_process';
import test from 'ava';
import { withExec } from '../../../../src/bridge/project/template/shell-command.ts';

const SIMPLE: readonly (readonly [line: string, expected: string])[] = [
  ['node web.mjs', 'exec node web.mjs'],
  ['PORT=1 A="x y" node web.mjs', 'PORT=1 A="x y" exec node web.mjs'],
  [`gunicorn app --bind '0.0.0.0:8000;x'`, `exec gunicorn app --bind '0.0.0.0:8000;x'`],
  ['node web.mjs --port $PORT', 'exec node web.mjs --port $PORT'],
  [String.raw`echo a\;b`, String.raw`exec echo a\;b`],
  ['$RUNNER x', 'exec $RUNNER x'],
];

const OTHERS: readonly string[] = [
  'cd web && node web.mjs',
  'node a.mjs | cat',
  'while true; do sleep 1; done',
  '(cd x; y)',
  '! node x',
  'node a & node b',
  'exec node x',
  'A=$(date) node x',
  'A=1',
  'node x > log',
  'test -f x',
  `echo "not closed`,
];

for (const [line, expected] of SIMPLE) {
  test(`the shell gives way to one simple command: ${line}`, (t) => t.is(withExec(line), expected));
}

for (const line of OTHERS) {
  test(`what a shell has to do stays with it: ${line}`, (t) => t.is(withExec(line), line));
}

const run = (text: string) =>
  execFileSync('/bin/sh', ['-c', text], { encoding: 'utf8', env: { HOME: '/h h', PATH: process.env['PATH'] } });

test('what a command sees is the same with exec as without', (t) => {
  const lines = [`A="x y" B=2 sh -c 'echo "$A-$B"'`, `echo 'a;b' "c  d" $HOME`, String.raw`printf2=1 env echo a\;b`];
  for (const line of lines) {
    t.not(withExec(line), line);
    t.is(run(withExec(line)), run(line));
  }
});
