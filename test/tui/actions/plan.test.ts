import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { parseSelectors, select } from '../../../src/core/select.ts';
import { quoteForShell, toCommandLine } from '../../../src/tui/actions/command-line.ts';
import type { Intent } from '../../../src/tui/actions/orders.ts';
import { toCommand } from '../../../src/tui/actions/orders.ts';
import { planAct } from '../../../src/tui/actions/plan.ts';
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

const intent = (action: Intent['action'], ...targets: readonly string[]): Intent => ({ action, targets, batch: 0 });

test('what is asked before what', (t) => {
  const many = Array.from({ length: 11 }, () => 'a:g:x');
  const rows: readonly (readonly [Intent, string])[] = [
    [intent('start', 'a:g:x'), 'go'],
    [intent('start', 'a:g:x', 'b:g:x'), 'go'],
    [intent('start', ...many), 'ask 11'],
    [intent('start', 'safe:g:x'), 'ask'],
    [intent('stop', 'a:g:x'), 'ask'],
    [intent('restart', 'a:g:x', 'b:g:x'), 'ask'],
    [intent('restart', ...many), 'ask 11'],
    [intent('signal', 'a:g:x'), 'ask'],
    [intent('clear', 'a:g:x'), 'ask'],
    [intent('stop', 'ro:g:x'), 'refused: ro is read_only in the configuration'],
    [intent('stop', 'ro:g:x', 'a:g:x'), 'ask'],
    [intent('stop', 'gone:g:x'), 'refused: gone cannot be reached: connection refused'],
    [intent('stop'), 'refused: nothing to act on: mark processes, or put the cursor on one'],
    [intent('stop', 'a:g:nobody'), 'refused: nothing to act on: mark processes, or put the cursor on one'],
    [intent('reread', 'a'), 'go'],
    [intent('update', 'a'), 'ask'],
    [intent('reload', 'a'), 'ask a'],
    [intent('shutdown', 'a'), 'ask a'],
    [intent('shutdown', 'a', 'b'), 'refused: shutdown takes one supervisor at a time: unmark the others'],
    [intent('shutdown', 'ro'), 'refused: ro is read_only in the configuration'],
  ];
  for (const [wanted, answer] of rows) {
    const plan = planAct(SNAPSHOT, wanted, { refusal: null, hidden: 0 });
    const told =
      plan.kind === 'refused'
        ? `refused: ${plan.why}`
        : plan.kind === 'ask'
          ? `ask ${plan.expected ?? ''}`.trim()
          : plan.kind;
    t.is(told, answer, `${wanted.action} ${wanted.targets.join(' ')}`);
  }
  t.is(planAct(SNAPSHOT, intent('start', 'a:g:x'), { refusal: null, hidden: 1 }).kind, 'ask');
  t.deepEqual(planAct(SNAPSHOT, intent('start', 'a:g:x'), { refusal: 'no', hidden: 0 }), {
    kind: 'refused',
    why: 'no',
  });
});

test('the command line is short where it can be and says the same', (t) => {
  const rows: readonly (readonly [Intent, string])[] = [
    [intent('stop', 'a:g:x'), 'multivisor stop -c lab.conf a:g:x'],
    [intent('stop', 'a:g:x', 'a:g:y'), "multivisor stop -c lab.conf 'a:g:*'"],
    [intent('stop', 'b:g:x', 'b:g:y', 'a:g:x'), "multivisor stop -c lab.conf 'b:*' a:g:x"],
    [{ ...intent('signal', 'a:h:z'), signal: 'HUP' }, 'multivisor signal -c lab.conf HUP a:h:z'],
    [{ ...intent('restart', 'b:g:x', 'b:g:y'), batch: 2 }, "multivisor restart -c lab.conf --batch 2 'b:*'"],
    [intent('shutdown', 'a'), 'multivisor shutdown -c lab.conf a'],
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
    const line = toCommandLine(SNAPSHOT, intent('stop', ...targets), []);
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
  t.deepEqual(toCommand(intent('stop', 'a:g:x')), { action: 'stop', targets: ['a:g:x'], wait: true });
  t.deepEqual(toCommand({ ...intent('restart', 'a:g:x'), batch: 3 }), {
    action: 'restart',
    targets: ['a:g:x'],
    wait: true,
    roll: { batch: 3, pauseMs: 0, maxFailures: 1 },
  });
  t.deepEqual(toCommand({ ...intent('signal', 'a:g:x'), signal: 'HUP' }), {
    action: 'signal',
    targets: ['a:g:x'],
    signal: 'HUP',
  });
  t.deepEqual(toCommand(intent('reread', 'a')), { action: 'reread', targets: ['a'] });
});
