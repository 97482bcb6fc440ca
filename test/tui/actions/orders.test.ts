import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { parseSelectors, select } from '../../../src/core/select.ts';
import { quoteForShell, toCommandLine } from '../../../src/tui/actions/command-line.ts';
import type { Orders } from '../../../src/core/orders.ts';
import { toCommand } from '../../../src/tui/actions/to-command.ts';
import { processOf, snapshotOf, supervisorOf } from '../../helpers/core/snapshot.ts';

const SNAPSHOT = snapshotOf([
  supervisorOf('a', [
    processOf('a:g:x', 'RUNNING'),
    processOf('a:g:y', 'RUNNING'),
    processOf('a:h:z', 'RUNNING'),
    processOf("a:odd:it's [1]*", 'RUNNING'),
    processOf('a:odd:température\n2', 'RUNNING'),
  ]),
  supervisorOf('b', [processOf('b:g:x', 'RUNNING'), processOf('b:g:y', 'RUNNING')]),
  supervisorOf('ro', [processOf('ro:g:x', 'RUNNING')], { readOnly: true }),
  supervisorOf('safe', [processOf('safe:g:x', 'RUNNING')], { protected: true }),
  supervisorOf('gone', [processOf('gone:g:x', 'RUNNING')], {
    link: 'down',
    error: { code: 'refused', message: 'connection refused' },
  }),
]);

const orders = (action: Orders['action'], ...targets: readonly string[]): Orders => ({ action, targets });

test('the command line is short where it can be and says the same', (t) => {
  const rows: readonly (readonly [Orders, string])[] = [
    [orders('stop', 'a:g:x'), 'multivisor stop -c lab.conf a:g:x'],
    [orders('stop', 'a:g:x', 'a:g:y'), "multivisor stop -c lab.conf 'a:g:*'"],
    [orders('stop', 'b:g:x', 'b:g:y', 'a:g:x'), "multivisor stop -c lab.conf 'b:*' a:g:x"],
    [{ ...orders('signal', 'a:h:z'), signal: 'HUP' }, 'multivisor signal -c lab.conf HUP a:h:z'],
    [{ ...orders('restart', 'b:g:x', 'b:g:y'), batch: 2 }, "multivisor restart -c lab.conf --batch 2 'b:*'"],
    [orders('shutdown', 'a'), 'multivisor shutdown -c lab.conf a'],
  ];
  for (const [wanted, line] of rows) t.is(toCommandLine(SNAPSHOT, wanted, ['-c', 'lab.conf']), line);
});

test('pasted into a shell, the command line means exactly these processes', async (t) => {
  const sets: readonly (readonly string[])[] = [
    ['a:g:x'],
    ['a:g:x', 'a:g:y'],
    ["a:odd:it's [1]*"],
    ['a:odd:température\n2'],
    ["a:odd:it's [1]*", 'a:odd:température\n2'],
    ['b:g:x', 'b:g:y', 'a:h:z'],
  ];
  for (const targets of sets) {
    const line = toCommandLine(SNAPSHOT, orders('stop', ...targets), []);
    const printed = await promisify(execFile)('bash', [
      '-c',
      line.replace('multivisor stop', String.raw`printf '%s\0'`),
    ]);
    const { selectors, errors } = parseSelectors(printed.stdout.split('\0').slice(0, -1));
    t.deepEqual(errors, []);
    const chosen = select(SNAPSHOT, selectors).processes.map((process) => process.uid);
    t.deepEqual([...chosen].toSorted(), [...targets].toSorted(), line);
  }
});

test('words are quoted only when they must be', (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['a:g:x', 'a:g:x'],
    ['/etc/multivisor.conf', '/etc/multivisor.conf'],
    ['a b', "'a b'"],
    ["it's", String.raw`'it'\''s'`],
    ['$HOME', "'$HOME'"],
    ['', "''"],
    ['a\nb', String.raw`$'a\u000ab'`],
  ];
  for (const [word, quoted] of rows) t.is(quoteForShell(word), quoted);
});

test('commands wait for what they are about, and a batch makes them roll', (t) => {
  t.deepEqual(toCommand(orders('stop', 'a:g:x')), { action: 'stop', targets: ['a:g:x'], wait: true });
  t.deepEqual(toCommand({ ...orders('restart', 'a:g:x'), batch: 3 }), {
    action: 'restart',
    targets: ['a:g:x'],
    wait: true,
    roll: { batch: 3, pauseMs: 0, maxFailures: 1 },
  });
  t.deepEqual(toCommand({ ...orders('signal', 'a:g:x'), signal: 'HUP' }), {
    action: 'signal',
    targets: ['a:g:x'],
    signal: 'HUP',
  });
  t.deepEqual(toCommand(orders('reread', 'a')), { action: 'reread', targets: ['a'] });
});
