// Broken input on purpose, the same in every run.

export type Mutator = (bytes: Buffer) => Buffer;

/** Whole numbers from 0, below what is asked for. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  // xorshift: only that it is the same again matters.
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.abs(state) % Math.max(1, below);
  };
}

/** Flips, cuts, repeats, inserts; about one in eight comes out whole but longer. */
export function createMutator(seed: number): Mutator {
  const random = createRandom(seed);
  const once = (bytes: Buffer): Buffer => {
    const at = random(bytes.length);
    const copy = Buffer.from(bytes);
    switch (random(5)) {
      case 0:
        copy[at] = random(256);
        return copy;
      case 1:
        return copy.subarray(0, at);
      case 2:
        return Buffer.concat([copy.subarray(0, at), copy]);
      case 3:
        return Buffer.concat([copy.subarray(0, at), Buffer.from([random(256), random(256)]), copy.subarray(at)]);
      default:
        copy.fill([0x00, 0xff, 0x7f, 0x0a][random(4)] ?? 0, at, Math.min(copy.length, at + 1 + random(9)));
        return copy;
    }
  };
  return (bytes) => {
    let mutated = bytes;
    for (let times = 1 + random(3); times > 0; times -= 1) mutated = once(mutated);
    return mutated;
  };
}
