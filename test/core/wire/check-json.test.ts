import test from 'ava';
import { assert, property, string } from 'fast-check';
import { isModestJson } from '../../../src/core/wire/check-json.ts';
import { encodeServerMessage } from '../../../src/core/wire/codec.ts';
import { reading } from '../../helpers/core/readings.ts';
import { overLinear } from '../../helpers/growth.ts';

const LONG = 7_000_000;
const fill = (unit: string, length = LONG) => unit.repeat(Math.ceil(length / unit.length));

const IMMODEST = ['[', '{"a":', '[[],', '1,', '{},', '[{"a":[', '"",'];
for (const unit of IMMODEST) {
  test(`a message of 7 MB of ${unit} is refused before it is read`, (t) => {
    t.false(isModestJson(fill(unit)));
    t.false(isModestJson(`{"type":"error","message":"x","more":[${fill(unit)}`));
  });
}

test('one long text, whatever it holds, is let through', (t) => {
  for (const unit of ['[', '{', ',', String.raw`\"`, String.raw`\\`, String.raw`\\\"[`, '😀']) {
    t.true(isModestJson(`{"type":"error","message":"${fill(unit)}"}`), unit);
  }
  t.true(isModestJson(fill('x')));
  t.true(isModestJson(`"${fill('[')}`), 'one that does not end is refused by who reads it');
});

test('what a server tells of ten thousand processes is let through', (t) => {
  const readings = Array.from({ length: 10_000 }, (_, i) => reading(`g:p${i}`, 'RUNNING', { spawnError: '[,{"' }));
  const observation = { type: 'all', readings, hostNow: null, latencyMs: 1, pollMs: 1 } as const;
  t.true(isModestJson(encodeServerMessage({ type: 'observation', id: 1, observation })));
});

test('brackets and commas within texts do not count, and the walk takes the time of the text', async (t) => {
  assert(
    property(string({ unit: 'binary' }), (text) => {
      t.true(isModestJson(JSON.stringify({ text, fill: fill('x', 70_000), again: [text, { text }] })));
    }),
    { seed: 20_260_106, numRuns: 50 },
  );
  for (const unit of ['\\', '"', '\\"', '[', '",']) {
    t.is(await overLinear(4_000_000, (length) => isModestJson(`"${fill(unit, length)}`)), null, unit);
  }
});
