// `npm run fuzz [-- MINUTES]`: texts that nobody wrote down at every door, each round with another seed; without end when
// no minutes are given. What it finds it prints with the seed, and ends with 1.
import { fuzzDoors } from '../test/hostile/fuzz-doors.ts';

const RUNS = 200;
const minutes = Number(process.argv[2] ?? Infinity);
if (!(minutes > 0)) {
  console.error('usage: npm run fuzz [-- MINUTES]');
  process.exit(2);
}
const end = performance.now() + minutes * 60_000;
let rounds = 0;
for (let seed = Date.now() % 2 ** 31; performance.now() < end; seed = (seed + 1) % 2 ** 31) {
  const found = await fuzzDoors(seed, RUNS);
  if (found !== null) {
    console.error(found);
    process.exit(1);
  }
  rounds += 1;
  if (rounds % 10 === 0) console.log(`${rounds} rounds of ${RUNS} texts at each door, the last with seed ${seed}`);
}
console.log(`${rounds} rounds, nothing found`);
