import test from 'ava';
import * as fc from 'fast-check';
import type { LinearRegex } from '../../../src/core/regex/linear-regex.ts';
import { parseRegex, toTextRegex } from '../../../src/core/regex/linear-regex.ts';
import { overLinear } from '../../helpers/growth.ts';

function regexOf(source: string, exact = true): LinearRegex {
  const parsed = parseRegex(source, { exact });
  if (!parsed.ok) throw new Error(`${source}: ${parsed.message}`);
  return parsed.regex;
}

test('patterns that double with each letter elsewhere take the time of one walk over the text', async (t) => {
  const sources = ['(a+)+$', '(a|a)*b', '(a|aa)+$', '(.*)(.*)(.*)x', '([a-z]+)*[0-9]$', '^(([a-z])+.)+[A-Z]([a-z])+$'];
  for (const source of sources) {
    const regex = regexOf(source);
    t.false(regex.test(`${'a'.repeat(60_000)}!`), source);
    t.is(await overLinear(60_000, (length) => regex.test(`${'a'.repeat(length)}!`)), null, source);
  }
});

test('what cannot be had in linear time is refused in words', (t) => {
  const rows: readonly (readonly [string, RegExp])[] = [
    [String.raw`(a)\1`, /reference back/u],
    ['(?=a)b', /look ahead/u],
    ['(?<!a)b', /look ahead or behind/u],
    ['(a{100}){100}', /steps/u],
    ['a'.repeat(501), /more than 500 characters/u],
    ['[', /Unterminated character class/u],
  ];
  for (const [source, why] of rows) {
    const parsed = parseRegex(source);
    t.false(parsed.ok, source);
    if (!parsed.ok) t.regex(parsed.message, why);
  }
});

const ATOMS = [
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  String.raw`\w`,
  String.raw`\b`,
  '^',
  '$',
  String.raw`\x62`,
  '😀',
  String.raw`\p{Lu}`,
  ' ',
];
const source = fc.letrec<{ regex: string; term: string; atom: string }>((tie) => ({
  atom: fc.constantFrom(...ATOMS),
  term: fc.oneof(
    { maxDepth: 3 },
    tie('atom'),
    fc
      .tuple(tie('regex'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{0,}', ''))
      .map(([of, times]) => `(${of})${times}`),
    fc.tuple(tie('term'), tie('term')).map(([left, right]) => left + right),
  ),
  regex: fc.oneof(
    { maxDepth: 3 },
    tie('term'),
    fc.tuple(tie('term'), tie('term')).map(([left, right]) => `${left}|${right}`),
  ),
})).regex;

test('every pattern says yes and no as the engine of the platform does', (t) => {
  fc.assert(
    fc.property(source, fc.stringMatching(/^[abBA 😀_-]{0,10}$/u), fc.boolean(), (pattern, text, exact) => {
      const parsed = parseRegex(pattern, { exact });
      const flags = exact || /\p{Lu}/u.test(pattern) ? 'u' : 'iu';
      return !parsed.ok || parsed.regex.test(text) === new RegExp(pattern, flags).test(text);
    }),
    { seed: 20_260_102, numRuns: 5_000 },
  );
  t.pass();
});

test('what matched is marked from left to right, as long as it can be', (t) => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['a+', 'xaaa baa', 'aaa aa'],
    ['err|error', 'an error', 'error'],
    [String.raw`\bb`, 'b ab b', 'b b'],
    ['😀', '1😀2😀', '😀 😀'],
    ['x*', 'abc', ''],
  ];
  for (const [pattern, text, marked] of rows) {
    const found = regexOf(pattern)
      .spans(text)
      .map(({ from, to }) => text.slice(from, to));
    t.is(found.join(' '), marked, pattern);
  }
  t.deepEqual(toTextRegex('[').spans('a[b['), [
    { from: 1, to: 2 },
    { from: 3, to: 4 },
  ]);
  t.true(toTextRegex('(err').test('AN (ERR'));
});
