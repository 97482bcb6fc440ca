import test from 'ava';
import * as fc from 'fast-check';
import { toGlob, toLooseGlob } from '../../src/core/glob.ts';
import { overLinear } from '../helpers/growth.ts';

/** What a glob meant when it was a regular expression. */
function oracle(glob: string): RegExp {
  return new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'su');
}

test('a glob of thirteen stars and an x over a long name costs no more than its length', async (t) => {
  const glob = toGlob(`${'*a'.repeat(13)}*x`);
  t.false(glob.test('a'.repeat(100_000)));
  t.is(await overLinear(400_000, (length) => glob.test('a'.repeat(length))), null);
});

test('stars around questions, classes and long texts stay as cheap', async (t) => {
  for (const text of [`${'*?'.repeat(400)}x`, `${'*[a-c]'.repeat(150)}x`, `*${'a'.repeat(500)}b*`, '['.repeat(1_000)]) {
    const glob = toGlob(text);
    t.false(glob.test('a'.repeat(50_000)));
    t.is(await overLinear(50_000, (length) => glob.test('a'.repeat(length))), null, text.slice(0, 20));
  }
});

test('a glob that is longer than any name matches nothing', (t) => {
  t.false(toGlob('*'.repeat(2_000)).test('web'));
});

test('a character beyond the first plane is one character, and a class that makes no sense stands for itself', (t) => {
  t.true(toGlob('?').test('😀'));
  t.true(toGlob('*[😀-😂]').test('a😁'));
  t.false(toGlob('??').test('😀'));
  t.true(toGlob('[z-a]').test('[z-a]'));
  t.true(toLooseGlob('WEB*').test('web-1'));
});

test('globs mean what they meant as regular expressions', (t) => {
  const letters = fc.stringMatching(/^[ab:]{0,12}$/u);
  const globs = fc.stringMatching(/^[ab:*?]{0,8}$/u);
  fc.assert(
    fc.property(globs, letters, (glob, text) => toGlob(glob).test(text) === oracle(glob).test(text)),
    { seed: 20_260_101, numRuns: 3_000 },
  );
  t.pass();
});
