// A channel whose other side is away, over days that pass at once.
import test from 'ava';
import type { Answer } from '../../../src/server/alerts/channels/channel.ts';
import { createQueue } from '../../../src/server/alerts/queue.ts';
import type { Delivery } from '../../../src/server/alerts/store.ts';
import { toTestMessage } from '../../../src/core/alerts/message.ts';
import type { ManualClock } from '../../helpers/core/manual-clock.ts';
import { createManualClock } from '../../helpers/core/manual-clock.ts';
import { snapshotOf } from '../../helpers/core/snapshot.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DOWN: Answer = { ok: false, refused: false, said: 'nobody listens' };

function openQueue(answer: (id: string) => Answer | Promise<never>) {
  const clock: ManualClock = createManualClock();
  const tried: string[] = [];
  const taken: string[] = [];
  const givenUp: string[] = [];
  const troubles: string[] = [];
  const queue = createQueue({
    channel: {
      send: async ({ title }, { signal }) => {
        tried.push(title);
        const settled = answer(title);
        if (!(settled instanceof Promise)) return settled;
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ ok: false, refused: false, said: 'no answer in time' }));
        });
      },
    },
    clock,
    random: () => 1,
    onTaken: ({ id }) => taken.push(id),
    onGivenUp: ({ id }, said) => givenUp.push(`${id}: ${said}`),
    onTrouble: (said) => troubles.push(said),
  });
  const message = toTestMessage('night', { snapshot: snapshotOf([]), now: 0, pageUrl: 'http://h' });
  const add = (id: string, ageMs = 0) => {
    const delivery: Delivery = { id, channel: 'c', addedAt: clock.now() - ageMs, message: { ...message, title: id } };
    queue.add(delivery);
  };
  return { clock, queue, add, tried, taken, givenUp, troubles };
}

test('what is not taken is tried again, ever more seldom, and in order once the other side is back', async (t) => {
  let isUp = false;
  const { clock, queue, add, tried, taken, troubles } = openQueue(() => (isUp ? { ok: true, said: '200' } : DOWN));
  for (const id of ['1', '2', '3']) add(id);
  await clock.advance(HOUR);
  t.true(tried.length > 10 && tried.length < 30, String(tried.length));
  t.true(
    tried.every((id) => id === '1'),
    'nothing overtakes it',
  );
  t.deepEqual(queue.state(), { waiting: 3, trouble: 'nobody listens' });
  t.deepEqual(troubles, ['nobody listens'], 'said once');
  isUp = true;
  await clock.advance(5 * MINUTE);
  t.deepEqual(taken, ['1', '2', '3']);
  t.deepEqual(queue.state(), { waiting: 0, trouble: null });
  await queue.close();
  t.is(clock.waiting(), 0);
});

test('after a day it is given up, counted from when it happened, also by the next server', async (t) => {
  const { clock, queue, add, givenUp } = openQueue(() => DOWN);
  add('old', 23 * HOUR);
  add('new');
  await clock.advance(2 * HOUR);
  t.deepEqual(givenUp, ['old: nobody listens']);
  await clock.advance(20 * HOUR);
  t.is(givenUp.length, 1);
  await clock.advance(3 * HOUR);
  t.deepEqual(givenUp, ['old: nobody listens', 'new: nobody listens']);
  t.is(queue.state().waiting, 0);
  await queue.close();
});

test('a message that is refused holds up none that follow', async (t) => {
  const refuse: Answer = { ok: false, refused: true, said: '400' };
  const { clock, queue, add, taken, givenUp } = openQueue((id) => (id === 'bad' ? refuse : { ok: true, said: '200' }));
  for (const id of ['1', 'bad', '2']) add(id);
  await clock.advance(0);
  t.deepEqual(taken, ['1', '2']);
  t.deepEqual(givenUp, ['bad: 400']);
  await queue.close();
});

test('an answer that never comes is awaited for 10 s, and the end of the server waits for none', async (t) => {
  const { clock, queue, add, tried, troubles, givenUp } = openQueue(() => new Promise<never>(() => {}));
  add('1');
  await clock.advance(9_000);
  t.is(tried.length, 1);
  await clock.advance(3_000);
  t.is(tried.length, 2);
  t.deepEqual(troubles, ['no answer in time']);
  await queue.close();
  t.deepEqual(givenUp, [], 'the store has it');
  t.is(clock.waiting(), 0);
});

test('a channel that is away for long keeps the newest ten thousand', async (t) => {
  const { clock, queue, add, givenUp } = openQueue(() => DOWN);
  for (let i = 0; i < 10_010; i++) add(String(i));
  await clock.advance(0);
  t.is(queue.state().waiting, 10_000);
  t.is(givenUp.length, 10);
  await queue.close();
});
