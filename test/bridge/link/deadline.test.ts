import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import { withDeadline } from '../../../src/bridge/link/deadline.ts';
import { deadline } from '../../helpers/deadline.ts';

test('a limit comes by itself, and says so', async (t) => {
  const signal = withDeadline(new AbortController().signal, 20);
  // Its timer holds no process open: something else has to.
  await deadline(once(signal, 'abort'), 20_000, 'the limit comes');
  t.true(signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError');
});

test('a deadline that nothing but a wait holds is not forgotten', async (t) => {
  const world = new AbortController();
  const waits = Array.from({ length: 50 }, () => once(withDeadline(world.signal, 300), 'abort'));
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const collect = setInterval(() => collectGarbage(), 20);
  await deadline(Promise.all(waits), 20_000, 'all fifty come');
  clearInterval(collect);
  t.pass();
});

test('whoever is interrupted does not wait for the limit, and is told why', (t) => {
  const world = new AbortController();
  const signal = withDeadline(world.signal, 60_000);
  t.false(signal.aborted);
  world.abort('enough');
  t.is(signal.reason, 'enough');
  t.is(withDeadline(world.signal, 60_000).reason, 'enough');
});
