import test from 'ava';
import { addTransition, countEnds, FLAPPING_RULE, NO_ENDS, quietAt } from '../../src/core/flapping.ts';
import type { Ends } from '../../src/core/flapping.ts';
import type { Transition } from '../../src/core/model.ts';
import { parseFilter } from '../../src/core/view/filter.ts';
import { createMatcher } from '../../src/core/view/filter.ts';
import { parseSelectors, select } from '../../src/core/select.ts';
import { isTroubled } from '../../src/core/crashes.ts';
import { toStatus } from '../../src/core/view/published/status.ts';
import { whyText } from '../../src/core/view/text.ts';
import { parse, told } from '../helpers/core/config-text.ts';
import { openEngine } from '../helpers/core/open-engine.ts';
import { reading, reported } from '../helpers/core/readings.ts';

const MINUTE = 60_000;
const died = { kind: 'exit', status: 1, expected: false } as const;
const finished = { kind: 'exit', status: 0, expected: true } as const;
const made = (fields: Partial<Transition>): Transition => ({
  id: 1,
  at: 0,
  uid: 'a:g:x',
  from: 'RUNNING',
  to: 'EXITED',
  reason: died,
  by: null,
  source: 'log',
  pid: null,
  lastWords: null,
  ...fields,
});

const START = made({ from: 'EXITED', to: 'STARTING', reason: null });

/** The memory after these, `everyMs` apart. */
function after(transitions: readonly Transition[], everyMs: number, rule = FLAPPING_RULE): Ends {
  return transitions.reduce((ends, each, i) => addTransition(ends, each, { at: i * everyMs, rule }), NO_ENDS);
}

const repeat = (count: number, ...turn: readonly Transition[]) => Array.from({ length: count }, () => turn).flat();

type Case = { readonly transitions: readonly Transition[]; readonly everyMs: number; readonly expected: boolean };

const check = test.macro<[Case]>((t, { transitions, everyMs, expected }) => {
  t.is(after(transitions, everyMs).flapping, expected);
});

const CASES: readonly (readonly [string, Case['transitions'], number, boolean])[] = [
  ['four unexpected ends are none yet', repeat(4, START, made({})), 1_000, false],
  ['five unexpected ends flap', repeat(5, START, made({})), 1_000, true],
  ['five that are far apart do not', repeat(5, made({})), 3 * MINUTE, false],
  ['one every two minutes does, at the fifth', repeat(5, made({})), 2 * MINUTE, true],
  ['a BACKOFF loop flaps', repeat(5, START, made({ from: 'STARTING', to: 'BACKOFF' })), 1_000, true],
  ['what only another pid tells of counts', repeat(5, made({ to: 'RUNNING', reason: { kind: 'restarted' } })), 9, true],
  ['a startsecs=0 loop flaps, also with an expected exit', repeat(5, START, made({ reason: finished })), 400, true],
  [
    'a worker that ends as expected when its work is done does not',
    repeat(50, START, made({ reason: finished })),
    5_000,
    false,
  ],
  ['what somebody asked for does not count', repeat(9, START, made({ by: 'ann' })), 1_000, false],
  [
    'giving up is no end of its own',
    [...repeat(4, START, made({ to: 'BACKOFF' })), made({ from: 'BACKOFF', to: 'FATAL' })],
    9,
    false,
  ],
  [
    'stopped on purpose, it flaps no more',
    [...repeat(9, made({})), made({ to: 'STOPPED', reason: null })],
    1_000,
    false,
  ],
];
for (const [title, transitions, everyMs, expected] of CASES) test(title, check, { transitions, everyMs, expected });

test('a loop of thousands of turns is counted within the time, and takes no more memory than one of sixty', (t) => {
  const ends = after(repeat(10_000, made({})), 100);
  t.true(ends.slots.length <= 61, `${ends.slots.length}`);
  const expected = 6_000;
  t.true(Math.abs(countEnds(ends) - expected) <= 110, `${countEnds(ends)}`);
  t.is(quietAt(ends, FLAPPING_RULE), ends.lastAt + 10 * MINUTE);
});

test('the rule is another one', (t) => {
  t.true(after(repeat(2, made({})), 50_000, { count: 2, minutes: 1 }).flapping);
  t.false(after(repeat(2, made({})), 70_000, { count: 2, minutes: 1 }).flapping);
});

function loop({ log, all, pass }: ReturnType<typeof openEngine>, turns: number): void {
  for (let i = 0; i < turns; i++) {
    pass(500);
    log(reported('g:x', 'STARTING', { pid: 200 + i }), reported('g:x', 'RUNNING'));
    all(reading('g:x', 'RUNNING', { pid: 200 + i }), reading('g:y', 'RUNNING'));
    pass(500);
    log(reported('g:x', 'EXITED', { reason: died }));
  }
  log(reported('g:x', 'STARTING', { pid: 300 }), reported('g:x', 'RUNNING'));
}

test('a loop is trouble, with its count, in every place that tells of trouble; gone after the quiet spell', (t) => {
  const opened = openEngine();
  const { engine, all, withLog, get, pass, tick } = opened;
  withLog();
  all(reading('g:x', 'RUNNING'), reading('g:y', 'RUNNING'));
  loop(opened, 4);
  t.is(get('g:x')?.flapping, null);
  loop(opened, 3);
  all(reading('g:x', 'RUNNING', { pid: 300 }), reading('g:y', 'RUNNING'));
  const process = get('g:x');
  const other = get('g:y');
  const snapshot = engine.snapshot();
  const supervisor = snapshot.supervisors.get('a');
  if (!process || !other || !supervisor) return t.fail();
  t.deepEqual(process.flapping, { times: 7, minutes: 10 });
  t.is(process.state, 'RUNNING');
  t.is(whyText(process, supervisor, 1_700_000_000_000), 'flapping: 7 times in 10 min, exit 1');
  t.true(isTroubled(process));
  t.false(isTroubled(other));
  const uids = (text: string) => select(snapshot, parseSelectors([text]).selectors).processes.map(({ uid }) => uid);
  t.deepEqual(uids('flapping=yes'), ['a:g:x']);
  t.deepEqual(uids('flapping=no'), ['a:g:y']);
  t.regex(parseSelectors(['flapping=often']).errors[0]?.message ?? '', /yes or no/);
  const matching = (text: string) =>
    [process, other]
      .filter((each) => createMatcher(parseFilter(text))(each, supervisor) !== null)
      .map(({ name }) => name);
  t.deepEqual(matching('flapping'), ['x']);
  t.deepEqual(matching('!flapping'), ['y']);
  const status = toStatus(snapshot, { supervisors: [supervisor], processes: [process, other], now: 1_700_000_000_000 });
  t.deepEqual(
    status.processes.map(({ flapping }) => flapping),
    [{ times: 7, minutes: 10 }, null],
  );

  pass(10 * MINUTE - 1_000);
  const { effects } = tick();
  t.truthy(get('g:x')?.flapping, 'not quiet for long enough');
  t.true(effects.some(({ type }) => type === 'wake'));
  pass(1_001);
  tick();
  t.is(get('g:x')?.flapping, null);
});

const ruleOf = (lines: string) => parse(`[global]\n${lines}\n[supervisor:a]\nurl = http://a:9001\n`).config?.flapping;

test('the rule of a configuration; five within ten minutes when nothing is said', (t) => {
  t.deepEqual(ruleOf('name = lab'), { count: 5, minutes: 10 });
  t.deepEqual(ruleOf('flapping_count = 3\nflapping_minutes = 2'), { count: 3, minutes: 2 });
  for (const wrong of ['0', '1.5', 'many', '-3', '99999']) {
    t.regex(told(`[global]\nflapping_count = ${wrong}\n[supervisor:a]\n`).join('\n'), /whole number from 1 to 10000/);
  }
});
