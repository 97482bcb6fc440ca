// Thousands of processes at once, from their reading to the snapshot.
import { setTimeout as after } from 'node:timers/promises';
import test from 'ava';
import { createRereader } from '../../../src/bridge/link/rereader.ts';
import { tellInParts } from '../../../src/bridge/link/tell-in-parts.ts';
import { createLocalSession } from '../../../src/core/session/local-session.ts';
import { createFakeLink } from '../../helpers/core/fake-link.ts';
import { reading, spec } from '../../helpers/core/readings.ts';
import { realClock } from '../../helpers/core/world.ts';
import { collect } from '../../helpers/deadline.ts';
import { measureTurns } from '../../helpers/longest-turn.ts';

const many = (round: number) =>
  Array.from({ length: 9_900 }, (_, i) => reading(`g:p${round}-${i}`, 'RUNNING', { spawnError: 'x'.repeat(1_000) }));

test.serial(
  '9,900 processes that are others each time are taken in by turns of which none holds up others',
  async (t) => {
    const link = createFakeLink();
    const supervisors = [{ spec: spec('a'), link }];
    const session = createLocalSession({ name: 'lab', epoch: 'e', by: 'ann', supervisors, clock: realClock });
    t.teardown(session.close);
    const over = new AbortController();
    t.teardown(() => over.abort());
    const told = collect<number>();
    const rounds = [1, 2, 3, 4].map(many);
    let round = 0;
    const rereader = createRereader({
      readAll: async () => ({
        readings: rounds[round++ % rounds.length] ?? [],
        hostNow: null,
        latencyMs: 1,
        costMs: 1,
      }),
      readSome: async () => ({ readings: [], hostNow: null, gone: [], costMs: 1 }),
      onAll: ({ readings, askedMsAgo }) => {
        link.emit({ type: 'all', readings, hostNow: null, latencyMs: 1, pollMs: 1, askedMsAgo });
        told.push(round);
      },
      onSome: ({ readings, askedMsAgo }) => link.emit({ type: 'some', readings, gone: [], askedMsAgo }),
      manyNames: () => 10,
      fullReadGapMs: () => 0,
      signal: over.signal,
      onFailure: (error) => t.fail(String(error)),
    });
    const readOnce = async () => {
      const from = told.items.length;
      rereader.reread([]);
      await told.until((seen) => seen, { what: 'it is told', from });
    };
    await readOnce();
    const idle = await measureTurns(() => after(300));
    const { longestMs } = await measureTurns(async () => {
      for (let i = 0; i < 3; i += 1) await readOnce();
    });
    t.log(`longest turn ${longestMs.toFixed(1)} ms`);
    t.true(longestMs <= idle.longestMs + 50, `${longestMs.toFixed(1)} ms`);
    const known = session.snapshot().supervisors.get('a');
    t.deepEqual(
      [...(known?.processes.keys() ?? [])],
      (rounds.at(-1) ?? []).map(({ name }) => `a:g:${name}`),
    );
    t.is(known?.link, 'up');
  },
);

test('what is short is told once, and what is aborted no further', async (t) => {
  const parts: number[] = [];
  const never = new AbortController();
  await tellInParts(many(0).slice(0, 1_000), (part) => parts.push(part.length), never.signal);
  t.deepEqual(parts, []);
  const over = new AbortController();
  await tellInParts(
    many(0),
    (part) => {
      parts.push(part.length);
      over.abort();
    },
    over.signal,
  );
  t.deepEqual(parts, [1_000]);
});
