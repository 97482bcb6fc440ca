import test from 'ava';
import { createRereadSoon } from '../../../src/bridge/link/reread-soon.ts';
import { collect } from '../../helpers/deadline.ts';

const until = (ms: number) => ({ what: 'the reading', ms });

function open(options: { readonly crowded: boolean; readonly signal?: AbortSignal }) {
  const rereads = collect<readonly string[]>();
  const rereadSoon = createRereadSoon({
    reread: (names) => rereads.push(names),
    settleMs: 30,
    isCrowded: () => options.crowded,
    signal: options.signal ?? new AbortController().signal,
  });
  return { rereads, rereadSoon };
}

test('what news name is read at once, and all of it once more', async (t) => {
  const { rereads, rereadSoon } = open({ crowded: false });
  rereadSoon(['g:a']);
  rereadSoon([]);
  rereadSoon(['g:b', 'g:a']);
  t.deepEqual(rereads.items, [['g:a'], ['g:b', 'g:a']]);
  await rereads.until(() => rereads.items.length > 2 || undefined, until(30_000));
  t.deepEqual(rereads.items.at(-1), ['g:a', 'g:b']);
});

test('in a crowd a death and the start that follows it are one reading, which news do not put off', async (t) => {
  const { rereads, rereadSoon } = open({ crowded: true });
  rereadSoon(['g:a']);
  const more = setInterval(() => rereadSoon(['g:b']), 10);
  t.teardown(() => clearInterval(more));
  t.deepEqual(rereads.items, []);
  await rereads.until(() => rereads.items.length > 0 || undefined, until(30_000));
  t.deepEqual(rereads.items[0], ['g:a', 'g:b']);
});

test('nothing is read any more after the end', async (t) => {
  const over = new AbortController();
  const { rereads, rereadSoon } = open({ crowded: false, signal: over.signal });
  rereadSoon(['g:a']);
  over.abort();
  rereadSoon(['g:b']);
  // One that has not ended, asked later, reads once more: by then so would have this one.
  const other = open({ crowded: false });
  other.rereadSoon(['g:c']);
  await other.rereads.until(() => other.rereads.items.length > 1 || undefined, until(30_000));
  t.deepEqual(rereads.items, [['g:a']]);
});
