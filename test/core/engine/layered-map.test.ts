// Held against a plain map under the same steps.
import test from 'ava';
import { LayeredMap } from '../../../src/core/engine/layered-map.ts';

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

test('is what a plain map would be, whatever is set over it', (t) => {
  for (const size of [0, 1, 5, 40, 200]) {
    const next = random(size + 1);
    const plain = new Map(Array.from({ length: size }, (_, index) => [`k${index}`, { of: index }]));
    let layered: ReadonlyMap<string, { readonly of: number }> = new Map(plain);
    for (let step = 0; step < 60; step += 1) {
      const entries = new Map(
        Array.from({ length: Math.floor(next() * 4) }, () => [`k${Math.floor(next() * (size + 10))}`, { of: next() }]),
      );
      const before = layered;
      const old = [...before];
      layered = LayeredMap.over(layered, entries);
      for (const [key, value] of entries) plain.set(key, value);
      t.deepEqual([...layered], [...plain]);
      t.deepEqual([...layered.keys()], [...plain.keys()]);
      t.deepEqual([...layered.values()], [...plain.values()]);
      t.is(layered.size, plain.size);
      for (const key of [...plain.keys(), 'nobody']) {
        t.is(layered.get(key), plain.get(key));
        t.is(layered.has(key), plain.has(key));
      }
      const seen: [string, unknown][] = [];
      layered.forEach((value, key) => seen.push([key, value]));
      t.deepEqual<unknown, unknown>(seen, [...plain]);
      t.deepEqual([...before], old, 'the one before stays what it was');
    }
  }
});

test('shares what did not change, until so much has changed that it is no gain', (t) => {
  const base = new Map(Array.from({ length: 160 }, (_, index) => [`k${index}`, { of: index }]));
  let map: ReadonlyMap<string, { readonly of: number }> = base;
  t.is(LayeredMap.over(map, new Map()), map);
  for (let index = 0; index < 10; index += 1) {
    map = LayeredMap.over(map, new Map([[`k${index}`, { of: -1 }]]));
    t.true(map instanceof LayeredMap);
  }
  map = LayeredMap.over(map, new Map([['k10', { of: -1 }]]));
  t.false(map instanceof LayeredMap);
});
