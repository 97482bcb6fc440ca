import test from 'ava';
import { createLookAround } from '../../../src/bridge/link/reread-soon.ts';
import { collect } from '../../helpers/deadline.ts';

const until = (ms: number) => ({ what: 'the reading', ms });

function open(options: { readonly crowded: boolean; readonly signal?: AbortSignal }) {
  const looks = collect<readonly string[]>();
  const lookAround = createLookAround({
    look: (names) => looks.push(names),
    settleMs: 30,
    isCrowded: () => options.crowded,
    signal: options.signal ?? new AbortController().signal,
  });
  return { looks, lookAround };
}

test('what news name is read at once, and all of it once more', async (t) => {
  const { looks, lookAround } = open({ crowded: false });
  lookAround(['g:a']);
  lookAround([]);
  lookAround(['g:b', 'g:a']);
  t.deepEqual(looks.items, [['g:a'], ['g:b', 'g:a']]);
  await looks.until(() => looks.items.length > 2 || undefined, until(30_000));
  t.deepEqual(looks.items.at(-1), ['g:a', 'g:b']);
});

test('in a crowd a death and the start that follows it are one reading, which news do not put off', async (t) => {
  const { looks, lookAround } = open({ crowded: true });
  lookAround(['g:a']);
  const more = setInterval(() => lookAround(['g:b']), 10);
  t.teardown(() => clearInterval(more));
  t.deepEqual(looks.items, []);
  await looks.until(() => looks.items.length > 0 || undefined, until(30_000));
  t.deepEqual(looks.items[0], ['g:a', 'g:b']);
});

test('nothing is read any more after the end', async (t) => {
  const over = new AbortController();
  const { looks, lookAround } = open({ crowded: false, signal: over.signal });
  lookAround(['g:a']);
  over.abort();
  lookAround(['g:b']);
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.deepEqual(looks.items, [['g:a']]);
});
