import test from 'ava';
import { createMatcher, matchedLetters, parseFilter } from '../../../src/core/view/filter.ts';
import { processOf, supervisorOf } from '../../helpers/core/snapshot.ts';
import { overLinear } from '../../helpers/growth.ts';

const PROCESSES = [
  processOf('lid001:PLC:wcid00a', 'RUNNING'),
  processOf('lid001:PLC:wcid00d', 'FATAL'),
  processOf('lid002:web:web-1', 'RUNNING'),
  processOf('lid002:web:cron', 'EXITED'),
  processOf('bas:Vacuum:worker-web', 'BACKOFF'),
];
const HOSTS: Record<string, { readonly host: string; readonly tags: readonly string[] }> = {
  lid001: { host: 'alpha.lab', tags: ['prod'] },
  lid002: { host: 'beta.lab', tags: ['test', 'night'] },
  bas: { host: 'gamma', tags: [] },
};

function found(text: string): string {
  const matches = createMatcher(parseFilter(text));
  return PROCESSES.filter((process) => {
    const supervisor = supervisorOf(process.supervisor, [], HOSTS[process.supervisor]);
    return matches(process, supervisor) !== null;
  })
    .map((process) => process.name)
    .join(' ');
}

test('the filter language means what the help says', (t) => {
  const rows: readonly (readonly [string, string])[] = [
    ['', 'wcid00a wcid00d web-1 cron worker-web'],
    ['web', 'web-1 cron worker-web'],
    ['wcd', 'wcid00a wcid00d'],
    ['WEB', 'web-1 cron worker-web'],
    ['web cron', 'cron'],
    ['web !cron', 'web-1 worker-web'],
    ['!web', 'wcid00a wcid00d'],
    ['!wcd', 'wcid00a wcid00d web-1 cron worker-web'],
    ['state:fatal', 'wcid00d'],
    ['state:fatal,backoff', 'wcid00d worker-web'],
    ['state:FAT*', 'wcid00d'],
    ['!state:running', 'wcid00d cron worker-web'],
    ['sup:lid*', 'wcid00a wcid00d web-1 cron'],
    ['sup:lid', ''],
    ['supervisor:bas', 'worker-web'],
    ['group:plc', 'wcid00a wcid00d'],
    ['host:*.lab !host:beta*', 'wcid00a wcid00d'],
    ['tag:night', 'web-1 cron'],
    ['name:web-?', 'web-1'],
    ['web*', 'web-1 cron'],
    ['~^lid.*:w', 'wcid00a wcid00d web-1 cron'],
    ['~LID', ''],
    ['PLC:wcid00a', 'wcid00a'],
    ['state:', 'wcid00a wcid00d web-1 cron worker-web'],
    ['! ~', 'wcid00a wcid00d web-1 cron worker-web'],
    ['zzz', ''],
  ];
  for (const [text, names] of rows) t.is(found(text), names, text);
});

test('a regular expression that is none is told and the rest of the filter holds', (t) => {
  const filter = parseFilter('~( state:fatal');
  t.is(filter.errors.length, 1);
  t.is(found('~( state:fatal'), 'wcid00d');
});

function score(text: string, name: string): number | null {
  return createMatcher(parseFilter(text))(processOf(`s:g:${name}`, 'RUNNING'), { host: '', tags: [] });
}

test('a better match scores higher and no filter scores full', (t) => {
  t.is(score('', 'web'), 1);
  t.is(score('web', 'web'), 1);
  t.true((score('web', 'web') ?? 0) > (score('web', 'worker-web') ?? 0));
  t.true((score('web', 'worker-web') ?? 0) > (score('web', 'w-e-b-x') ?? 0));
});

test('the letters that match are known, in the field that matched first', (t) => {
  const process = processOf('lid001:PLC:wcid00d', 'FATAL');
  t.deepEqual(matchedLetters(parseFilter('w0d plc'), process), { name: [0, 4, 6], group: [0, 1, 2], supervisor: [] });
  t.deepEqual(matchedLetters(parseFilter('lid state:fatal'), process).supervisor, [0, 1, 2]);
  t.deepEqual(matchedLetters(parseFilter('!web'), process), { name: [], group: [], supervisor: [] });
});

const LONG: readonly (readonly [what: string, unit: string])[] = [
  ['groups within groups', '(a+)+$'],
  ['alternatives', '(a|aa)*'],
  ['an endless class', '['],
  ['brackets', '('],
  ['stars', '*a'],
  ['white space', ' '],
  ['fields', 'name:a,'],
  ['words', 'a '],
];

test('a filter of 60 KB is refused in words before any of it is looked at, on the page and in the terminal', async (t) => {
  for (const [what, unit] of LONG) {
    const text = `~${unit.repeat(60_000 / unit.length)}`;
    const { terms, errors } = parseFilter(text);
    t.deepEqual([terms.length, errors.length], [0, 1], what);
    t.regex(errors[0] ?? '', /more than 1000 characters/u);
    t.is(await overLinear(60_000, (length) => parseFilter(text.slice(0, length))), null, what);
  }
});

test('a filter of as many words as it may have takes no more time over 10,000 processes than one of a few', (t) => {
  const many = Array.from({ length: 10_000 }, (_, i) =>
    processOf(`s:abcdefghijklmnopqrstuvwxyz:worker-${i}`, 'RUNNING'),
  );
  const supervisor = supervisorOf('s', [], { host: 'h', tags: [] });
  const costOf = (text: string) => {
    const matches = createMatcher(parseFilter(text));
    const begun = process.cpuUsage();
    for (const each of many) matches(each, supervisor);
    return process.cpuUsage(begun).user / 1_000;
  };
  costOf('w o r k e');
  t.true(costOf('w '.repeat(500)) < 8 * costOf('w') + 60, 'the same word again');
  const letters = Array.from('workeabcdfghijlmnpqstuvxyz');
  const words = letters.flatMap((letter) => [letter, `!${letter}${letter}x`, `~${letter}`]).join(' ');
  const { errors, terms } = parseFilter(words);
  t.regex(errors.join(), /more than 32 words/u);
  t.is(terms.length, 32, 'the first of them hold all the same');
});
