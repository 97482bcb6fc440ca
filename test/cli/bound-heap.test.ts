import { setImmediate as turn } from 'node:timers/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import test from 'ava';
import { boundHeap } from '../../src/cli/bound-heap.ts';

const youngBytes = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0;

/** Objects of which many live for a while, as rows do: it lets the space of young objects grow as far as it may. */
async function churn(rounds: number): Promise<void> {
  const kept: unknown[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    kept.push(Array.from({ length: 20_000 }, (_, index) => ({ index, text: `row ${index}` })));
    if (kept.length > 30) kept.shift();
    await turn();
  }
}

test('the space of young objects stays small in what runs for days', async (t) => {
  const end = boundHeap();
  t.teardown(end);
  await churn(400);
  const bounded = youngBytes();
  t.true(bounded <= 64 * 1024 * 1024, `${bounded} bytes`);
  t.true(bounded >= 2 * 1024 * 1024, 'it was not choked either');
});
