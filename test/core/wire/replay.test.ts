import test from 'ava';
import { mergeChanges } from '../../../src/core/engine/merge-changes.ts';
import type { Snapshot } from '../../../src/core/model.ts';
import { reduce } from '../../../src/core/engine/reduce.ts';
import { createReplay } from '../../../src/core/wire/replay.ts';
import { reading, reported } from '../../helpers/core/readings.ts';
import { openWorld } from '../../helpers/core/world.ts';

test('from every revision that is still kept a viewer comes to the same snapshot, and from no other', async (t) => {
  const { session, link } = openWorld(['a', 'b']);
  const replay = createReplay({ revision: session.snapshot().revision, limit: 40 });
  session.overhear(replay.add);
  const past: Snapshot[] = [session.snapshot()];
  for (let i = 0; i < 60; i++) {
    const name = i % 3 === 0 ? 'a' : 'b';
    link(name).emitSome([reading('g:x', i % 2 === 0 ? 'STOPPED' : 'RUNNING', { pid: i })]);
    past.push(session.snapshot());
  }
  const now = session.snapshot();
  let resumed = 0;
  for (const snapshot of past) {
    const missed = replay.since(snapshot.revision);
    if (!missed) continue;
    resumed++;
    const delta = { from: snapshot.revision, to: now.revision, changes: mergeChanges(missed.changes) };
    t.deepEqual(reduce(snapshot, delta), now);
  }
  t.true(resumed > 10 && resumed < past.length, `${resumed}`);
  t.is(replay.since(now.revision + 1), null, 'a revision that never was');
  await session.close();
});

test('transitions after a revision are all there', async (t) => {
  const { session, link } = openWorld(['a']);
  const replay = createReplay({ revision: session.snapshot().revision, limit: 100 });
  session.overhear(replay.add);
  link('a').emitSome([reading('g:y', 'RUNNING')]);
  const { revision } = session.snapshot();
  const known = session.timeline().length;
  link('a').emit({ type: 'transitions', transitions: [reported('g:x', 'EXITED'), reported('g:x', 'STARTING')] });
  const ids = new Set(replay.since(revision)?.transitions.map(({ id }) => id));
  t.true(session.timeline().length > known);
  for (const { id } of session.timeline().slice(known)) t.true(ids.has(id));
  await session.close();
});
