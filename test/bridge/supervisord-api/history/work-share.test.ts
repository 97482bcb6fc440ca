import test from 'ava';
import { createWorkShare } from '../../../../src/bridge/supervisord-api/history/work-share.ts';

const PIECE = 256 * 1024;

/** Milliseconds for which the next question has to wait, by a clock that only the test sets. */
async function waitAfter(answers: readonly (readonly [ms: number, bytes: number])[]): Promise<number> {
  const share = createWorkShare(() => 0);
  for (const [ms, bytes] of answers) share.spent(ms, bytes);
  const ending = AbortSignal.timeout(40);
  let waited = false;
  await share.room(ending).then(() => (waited = ending.aborted));
  return waited ? Infinity : 0;
}

test('some pieces are read at once, more are waited for', async (t) => {
  t.is(await waitAfter([[3, PIECE]]), 0);
  t.is(await waitAfter(Array.from({ length: 20 }, () => [3, PIECE] as const)), Infinity);
});

test('answers that waited for others are paid for as the quickest one', async (t) => {
  const slow = Array.from({ length: 6 }, () => [900, PIECE] as const);
  t.is(await waitAfter(slow), Infinity);
  t.is(await waitAfter([...slow, [3, PIECE]]), 0);
});

test('a small call costs little, however long it was under way', async (t) => {
  t.is(await waitAfter(Array.from({ length: 4 }, () => [2_000, 1] as const)), 0);
});
