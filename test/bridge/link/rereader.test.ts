import test from 'ava';
import type { FullRead, SomeRead } from '../../../src/bridge/link/state-reader.ts';
import { createRereader } from '../../../src/bridge/link/rereader.ts';
import { collect } from '../../helpers/deadline.ts';

const FULL: FullRead = { readings: [], hostNow: null, latencyMs: 1, costMs: 1 };
const SOME: SomeRead = { readings: [], hostNow: null, gone: [], costMs: 1 };

/** Reads that end when the test says so. */
function setUp(options: { readonly gapMs?: number } = {}) {
  const calls = collect<string>();
  const ends: (() => void)[] = [];
  const over = new AbortController();
  let underWay = 0;
  let most = 0;
  const read = <T>(what: string, value: T) => {
    calls.push(what);
    underWay += 1;
    most = Math.max(most, underWay);
    return new Promise<T>((resolve) => {
      ends.push(() => {
        underWay -= 1;
        resolve(value);
      });
    });
  };
  const failures: unknown[] = [];
  const rereader = createRereader({
    readAll: () => read('all', FULL),
    readSome: (names) => read(names.join(' '), SOME),
    onAll: () => calls.push('all read'),
    onSome: () => calls.push('some read'),
    manyNames: () => 4,
    fullReadGapMs: () => options.gapMs ?? 0,
    signal: over.signal,
    onFailure: (error) => failures.push(error),
  });
  const nextEnds = async (what: string, from: number) => {
    await calls.until((call) => (call === what ? true : undefined), { what: `a read of ${what}`, from });
    ends.shift()?.();
  };
  return { rereader, calls, nextEnds, over, failures, most: () => most };
}

test('what is asked for during a read is read after it, once, and never at the same time', async (t) => {
  const { rereader, calls, nextEnds, most } = setUp();
  rereader.reread(['g:a']);
  rereader.reread(['g:a', 'g:b']);
  rereader.reread(['g:b']);
  await nextEnds('g:a', 0);
  await nextEnds('g:a g:b', 0);
  await calls.until((_, index) => (index === 3 ? true : undefined), { what: 'the second read has ended' });
  t.deepEqual(calls.items, ['g:a', 'some read', 'g:a g:b', 'some read']);
  t.is(most(), 1);
});

test('many names are read as everything', async (t) => {
  const { rereader, calls, nextEnds } = setUp();
  rereader.reread(['g:a', 'g:b', 'g:c', 'g:d']);
  await nextEnds('all', 0);
  await calls.until((call) => (call === 'all read' ? true : undefined), { what: 'everything was read' });
  t.deepEqual(calls.items, ['all', 'all read']);
});

test('while a full read has to wait, a few names are read at once, and the full read comes', async (t) => {
  const { rereader, calls, nextEnds } = setUp({ gapMs: 80 });
  rereader.reread([]);
  await nextEnds('all', 0);
  await calls.until((call) => (call === 'all read' ? true : undefined), { what: 'the first full read' });
  rereader.reread([]);
  rereader.reread(['g:a']);
  await nextEnds('g:a', 2);
  await nextEnds('all', 2);
  await calls.until((call) => (call === 'all read' ? true : undefined), { what: 'the second full read', from: 4 });
  t.deepEqual(calls.items, ['all', 'all read', 'g:a', 'some read', 'all', 'all read']);
});

test('after the end nothing is read or told', async (t) => {
  const { rereader, calls, nextEnds, over, failures } = setUp();
  rereader.reread(['g:a']);
  over.abort();
  rereader.reread(['g:b']);
  await nextEnds('g:a', 0);
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(calls.items, ['g:a']);
  t.deepEqual(failures, []);
});
