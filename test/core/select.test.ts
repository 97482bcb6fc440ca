import test from 'ava';
import { createEngine } from '../../src/core/engine/engine.ts';
import { toGlob } from '../../src/core/glob.ts';
import { parseSelectors, select } from '../../src/core/select.ts';
import { reading, spec } from '../helpers/core/readings.ts';

const engine = createEngine({
  name: 'lab',
  epoch: 'e',
  supervisors: [spec('web1', { host: 'w1.lan', tags: ['prod'] }), spec('web2', { host: 'w2.lan' }), spec('db')],
});
const observe = (supervisor: string, ...names: string[]) =>
  engine.handle(
    {
      type: 'observed',
      supervisor,
      observation: {
        type: 'all',
        readings: names.map((name) => reading(name, name.endsWith('bad') ? 'FATAL' : 'RUNNING')),
        hostNow: 1,
        latencyMs: 1,
        pollMs: 1,
      },
    },
    { now: 0, monotonic: 0 },
  );
observe('web1', 'app:one', 'app:two', 'cron:bad');
const odd = createEngine({ name: 'lab', epoch: 'o', supervisors: [spec('s')] });
odd.handle(
  {
    type: 'observed',
    supervisor: 's',
    observation: {
      type: 'all',
      readings: ['g:a[b]c', 'g:abc', 'g:ca==t', 'g:x?', 'g:xy', 'g:*'].map((name) => reading(name, 'RUNNING')),
      hostNow: 1,
      latencyMs: 1,
      pollMs: 1,
    },
  },
  { now: 0, monotonic: 0 },
);

for (const [line, expected] of [
  ['a[b]c', 's:g:a[b]c'],
  ['g:a[b]c', 's:g:a[b]c'],
  ['s:g:a[b]c', 's:g:a[b]c'],
  ['a[bx]c', 's:g:abc'],
  ['ca==t', 's:g:ca==t'],
  ['x?', 's:g:x?'],
  ['!g:* | g:x?', 's:g:x?'],
] as const) {
  test(`"${line}" is the one process of that name before all that it would match`, (t) => {
    const { selectors, errors } = parseSelectors(line.split(' | '));
    t.deepEqual(errors, []);
    t.is(
      select(odd.snapshot(), selectors)
        .processes.map(({ uid }) => uid)
        .join(' | '),
      expected,
    );
  });
}
observe('web2', 'app:one', 'web:web_00', 'naïve:ünï [x]');

const check = test.macro<[string, string]>({
  exec: (t, line, expected) => {
    const { selectors, errors } = parseSelectors(line === '' ? [] : line.split(' | '));
    t.deepEqual(errors, []);
    const { processes } = select(engine.snapshot(), selectors);
    t.is(processes.map(({ uid }) => uid).join(' | '), expected);
  },
  title: (_, line) => `"${line}" selects what it says`,
});

const EVERYTHING = 'web1:app:one | web1:app:two | web1:cron:bad | web2:app:one | web2:web:web_00 | web2:naïve:ünï [x]';
test(check, '', EVERYTHING);
test(check, '*', EVERYTHING);
test(check, 'one', 'web1:app:one | web2:app:one');
test(check, 'on?', 'web1:app:one | web2:app:one');
test(check, 'web1:*', 'web1:app:one | web1:app:two | web1:cron:bad');
test(check, 'web1:', 'web1:app:one | web1:app:two | web1:cron:bad');
test(check, 'web1:app:', 'web1:app:one | web1:app:two');
test(check, 'web*:one', 'web1:app:one | web2:app:one');
test(check, 'app:one', 'web1:app:one | web2:app:one');
test(check, 'web:*', 'web2:web:web_00');
test(check, 'web1:app:* | !two', 'web1:app:one');
test(check, '!web1:*', 'web2:app:one | web2:web:web_00 | web2:naïve:ünï [x]');
test(check, 'one | two', 'web1:app:one | web1:app:two | web2:app:one');
test(check, 'state=fatal', 'web1:cron:bad');
test(check, 'state=fatal,running | web1:*', 'web1:app:one | web1:app:two | web1:cron:bad');
test(check, 'host=w2*', 'web2:app:one | web2:web:web_00 | web2:naïve:ünï [x]');
test(check, 'group=app | sup=web1', 'web1:app:one | web1:app:two');
test(check, 'tag=prod | name=t*', 'web1:app:two');
test(check, 'ünï [[]x]', 'web2:naïve:ünï [x]');
test(check, 'nothing', '');

test('patterns that match nothing are named, and so are the supervisors that were meant', (t) => {
  const { selectors } = parseSelectors(['db:*', 'one', 'typo']);
  const selection = select(engine.snapshot(), selectors);
  t.deepEqual(selection.unmatched, ['db:*', 'typo']);
  t.deepEqual(
    selection.supervisors.map(({ name }) => name),
    ['web1', 'web2', 'db'],
  );
  const only = select(engine.snapshot(), parseSelectors(['db:*']).selectors);
  t.deepEqual(
    only.supervisors.map(({ name }) => name),
    ['db'],
  );
});

test('a group may be on a supervisor that was never read, unless the pattern names another supervisor', (t) => {
  t.deepEqual(meant('app:*'), ['web1', 'web2', 'db']);
  t.deepEqual(meant('app:two'), ['web1', 'db']);
  t.deepEqual(meant('web1:*'), ['web1']);
  t.deepEqual(meant('web1:app:*'), ['web1']);
});

function meant(text: string): readonly string[] {
  return select(engine.snapshot(), parseSelectors([text]).selectors).supervisors.map(({ name }) => name);
}

const fails = test.macro<[string, RegExp]>({
  exec: (t, text, message) => t.regex(parseSelectors([text]).errors[0]?.message ?? '', message),
  title: (_, text) => `"${text}" is refused with the reason`,
});
test(fails, '', /empty/);
test(fails, '!', /empty/);
test(fails, 'state=', /needs a value/);
test(fails, 'state=dead', /unknown state "dead"; known: running/);
test(fails, 'colour=red', /unknown field "colour"; known: state/);
test(fails, '!state=fatal', /cannot be negated/);

test('globs are anchored and only * ? and [] are special', (t) => {
  const rows: [glob: string, text: string, matches: boolean][] = [
    ['a.c', 'abc', false],
    ['a.c', 'a.c', true],
    ['a*', 'ba', false],
    ['[ab]x', 'bx', true],
    ['[!ab]x', 'bx', false],
    ['[!ab]x', 'cx', true],
    ['[]a]x', ']x', true],
    ['[a', '[a', true],
    ['a(b|c)+$^', 'a(b|c)+$^', true],
    ['*:x', 'a:b:x', true],
    ['?', '😀', true],
    ['a-[0-9]', 'a-7', true],
    ['a/b', 'a/b', true],
    ['[z-a]', '[z-a]', true],
    ['[a-]', '-', true],
  ];
  for (const [glob, text, matches] of rows) t.is(toGlob(glob).test(text), matches, `${glob} ~ ${text}`);
});
