import test from 'ava';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import type { Snapshot } from '../../../src/core/model.ts';
import type { SessionEvent } from '../../../src/core/ports.ts';
import { reduce } from '../../../src/core/engine/reduce.ts';
import { createFakeLink } from '../../helpers/core/fake-link.ts';
import { createManualClock } from '../../helpers/core/manual-clock.ts';
import { reading, spec } from '../../helpers/core/readings.ts';

function watched(name: string, more = {}) {
  const link = createFakeLink();
  const runs: AbortSignal[] = [];
  const run = link.run;
  link.run = (observe, wait) => {
    runs.push(wait.signal);
    return run(observe, wait);
  };
  return { spec: spec(name, more), link, runs };
}

test('a new configuration disturbs only what changed', async (t) => {
  const [kept, gone, moved, movedTo, added] = ['kept', 'gone', 'moved', 'moved', 'added'].map((name) => watched(name));
  if (!kept || !gone || !moved || !movedTo || !added) return t.fail();
  const clock = createManualClock();
  const session = createLocalSession({ name: 'lab', epoch: 'e', by: 'o', supervisors: [kept, gone, moved], clock });
  for (const { link } of [kept, gone, moved]) link.emitAll([reading('g:x', 'RUNNING')]);
  const before = session.snapshot();
  const events: SessionEvent[] = [];
  session.subscribe((event) => events.push(event));

  session.reconfigure([{ ...kept, spec: spec('kept', { tags: [] }) }, movedTo, added]);
  t.deepEqual([...session.snapshot().supervisors.keys()].toSorted(), ['added', 'kept', 'moved']);
  t.is(session.snapshot().supervisors.get('kept')?.processes, before.supervisors.get('kept')?.processes);
  t.is(session.snapshot().supervisors.get('moved')?.processes.size, 0, 'nothing is known of its new place');
  t.deepEqual(
    [kept, gone, moved, movedTo, added].map(({ runs }) => runs.map((signal) => signal.aborted)),
    [[false], [true], [true], [false], [false]],
  );
  t.true(movedTo.link.attended.at(-1), 'somebody is looking');

  movedTo.link.emitAll([reading('g:y', 'RUNNING')]);
  moved.link.emitAll([reading('g:old', 'RUNNING')]);
  t.deepEqual([...(session.snapshot().supervisors.get('moved')?.processes.keys() ?? [])], ['moved:g:y']);
  let replayed: Snapshot | null = before;
  for (const event of events) if (event.type === 'delta' && replayed) replayed = reduce(replayed, event.delta);
  t.deepEqual(replayed, session.snapshot());

  const revision = session.snapshot().revision;
  session.reconfigure([{ ...kept, spec: spec('kept', { tags: [] }) }, movedTo, added]);
  t.true(kept.runs.length === 1 && movedTo.runs.length === 1);
  t.true(session.snapshot().revision <= revision + 1);
  await session.close();
});

test('a supervisor that becomes read_only keeps its link and refuses at once', async (t) => {
  const a = watched('a');
  const clock = createManualClock();
  const session = createLocalSession({ name: 'lab', epoch: 'e', by: 'o', supervisors: [a], clock });
  a.link.emitAll([reading('g:x', 'RUNNING')]);
  session.reconfigure([{ spec: spec('a', { readOnly: true }), link: a.link }]);
  const signal = new AbortController().signal;
  const [outcome] = await session.send({ action: 'stop', targets: ['a:g:x'] }, { signal });
  t.is(outcome?.code, 'not-allowed');
  t.is(a.runs.length, 1);
});

test('overhearing does not count as looking', (t) => {
  const a = watched('a');
  const session = createLocalSession({ name: 'l', epoch: 'e', by: 'o', supervisors: [a], clock: createManualClock() });
  const heard: string[] = [];
  session.overhear((event) => heard.push(event.type));
  a.link.emitAll([reading('g:x', 'RUNNING')]);
  t.deepEqual(heard, ['delta']);
  t.deepEqual(a.link.attended, []);
});

test('the supervisors stand in the order of the newest configuration, for every viewer', async (t) => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => watched(name));
  if (!a || !b || !c || !d) return t.fail();
  const session = createLocalSession({
    name: 'l',
    epoch: 'e',
    by: 'o',
    supervisors: [a, c],
    clock: createManualClock(),
  });
  for (const { link } of [a, c]) link.emitAll([reading('g:x', 'RUNNING')]);
  const narrow = session.as({ name: 'eve', role: 'viewer', supervisors: ['[bcd]'] });
  const replayed = [session.snapshot(), narrow.snapshot()];
  for (const [index, each] of [session, narrow].entries()) {
    each.subscribe((event) => {
      const known = replayed[index];
      if (event.type === 'delta' && known) replayed[index] = reduce(known, event.delta) ?? known;
    });
  }
  const orders = () =>
    [session.snapshot(), narrow.snapshot(), ...replayed].map(({ supervisors }) => [...supervisors.keys()].join(''));
  session.reconfigure([a, b, c, d]);
  t.deepEqual(orders(), ['abcd', 'bcd', 'abcd', 'bcd']);
  const { processes } = session.snapshot().supervisors.get('c') ?? {};
  session.reconfigure([d, c, b, a]);
  t.deepEqual(orders(), ['dcba', 'dcb', 'dcba', 'dcb']);
  t.is(session.snapshot().supervisors.get('c')?.processes, processes, 'nothing of them is touched');
  const { revision } = session.snapshot();
  session.reconfigure([d, c, b, a]);
  t.is(session.snapshot().revision, revision, 'the same order is no change');
  await session.close();
});
